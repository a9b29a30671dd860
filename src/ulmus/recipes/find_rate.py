"""The learning-rate finder on a corpus, with its curve as CSV and picture."""

from pathlib import Path

from ulmus.bundle.language_model import LanguageModelBundle
from ulmus.corpus.layout import TRAIN
from ulmus.corpus.reader import Corpus
from ulmus.files import atomic_folder
from ulmus.insight.plots import plot_learning_rates
from ulmus.models.language_model import build_language_model
from ulmus.recipes.classifier_settings import ClassifierTrainingSettings
from ulmus.recipes.classifier_targets import check_targets
from ulmus.recipes.finetune import adapted, vocabulary_map
from ulmus.recipes.language_model_settings import LanguageModelSettings
from ulmus.recipes.language_model_training import stream_of
from ulmus.recipes.train_classifier import classifier_batches, classifier_upon, objective_for
from ulmus.settings import Settings
from ulmus.training.engine import Engine, EngineSettings
from ulmus.training.lr_finder import LearningRateCurve, LrFinderSettings, find_learning_rate
from ulmus.training.objectives import LanguageModelObjective

CURVE = "learning_rates.csv"


class FindRateSettings(Settings):
    """Everything `ulmus lr-find` can be told."""

    language_model: LanguageModelSettings = LanguageModelSettings()
    classifier: ClassifierTrainingSettings = ClassifierTrainingSettings()
    finder: LrFinderSettings = LrFinderSettings()
    engine: EngineSettings = EngineSettings()


def language_model_rate(
    corpus: Corpus, source: LanguageModelBundle | None, settings: FindRateSettings
) -> LearningRateCurve:
    """Sweep the rate of a language model: a new one, or one to be fine-tuned.

    Args:
        corpus: What it would learn.
        source: The model to start from; None for a new one.
        settings: How.
    """
    engine, given = Engine(settings.engine), settings.language_model
    engine.start()
    if source is None:
        dropouts = given.scaled_dropouts()
        model = build_language_model(given.encoder(), len(corpus.vocabulary), dropouts)
    else:
        corpus.require_splitter(source.processor.splitter)
        rows = vocabulary_map(corpus.vocabulary, source.processor.vocabulary)
        model = adapted(source, rows, given)
    if source is not None:
        given = given.with_(backward=source.manifest.backward)
    batches = stream_of(corpus, TRAIN, given, batch_size=given.batch_size, seed=engine.seed)
    objective = LanguageModelObjective(alpha=given.alpha, beta=given.beta)
    return find_learning_rate(
        model,
        objective,
        batches,
        engine,
        settings=settings.finder,
        trainer=given.trainer,
    )


def classifier_rate(
    corpus: Corpus, source: LanguageModelBundle, settings: FindRateSettings
) -> LearningRateCurve:
    """Sweep the rate of a classifier upon a language model's encoder.

    Args:
        corpus: Labelled documents, made with that model's processor.
        source: The language model.
        settings: How.

    Raises:
        CorpusError: The corpus has another vocabulary than the model.
        LabelError: No labels, or one class only.
    """
    check_targets(corpus)
    engine = Engine(settings.engine)
    engine.start()
    batches = classifier_batches(source, corpus, TRAIN, settings.classifier, engine.seed)
    model = classifier_upon(source, corpus, settings.classifier)
    return find_learning_rate(
        model,
        objective_for(corpus, settings.classifier),
        batches,
        engine,
        settings=settings.finder,
        trainer=settings.classifier.trainer,
    )


def write_curve(out: Path, curve: LearningRateCurve) -> None:
    """Write the curve as CSV and PNG into a folder, whole or not at all.

    Raises:
        OutputError: The folder is taken by something else, or cannot be written.
    """
    with atomic_folder(out, CURVE) as folder:
        curve.write(folder / CURVE)
        plot_learning_rates(
            folder / "learning_rates.png", curve.rates, curve.losses, curve.suggestion
        )
