"""First ULMFiT stage: a language model, from the start."""

from pathlib import Path

from rich.console import Console

from ulmus.bundle.language_model import LanguageModelBundle
from ulmus.corpus.layout import TRAIN
from ulmus.corpus.reader import Corpus
from ulmus.models.language_model import build_language_model
from ulmus.recipes.finish import QUIET
from ulmus.recipes.language_model_settings import LanguageModelSettings
from ulmus.recipes.language_model_training import LanguageModelRun
from ulmus.recipes.time_limit import TrainingTime
from ulmus.settings import Settings
from ulmus.training.engine import Engine, EngineSettings


class PretrainSettings(Settings):
    """Everything `ulmus pretrain` can be told."""

    language_model: LanguageModelSettings = LanguageModelSettings()
    engine: EngineSettings = EngineSettings()


def pretrain(
    corpus: Corpus,
    out: Path,
    settings: LanguageModelSettings,
    engine: Engine,
    *,
    console: Console = QUIET,
    resume: bool = False,
    time: TrainingTime | None = None,
) -> LanguageModelBundle:
    """Train a language model from the start and write it.

    Args:
        corpus: What to learn.
        out: The bundle's folder.
        settings: How.
        engine: Where.
        console: Where progress is shown.
        resume: Whether to go on from the checkpoint an interrupted run left.
        time: How long it may take; None for as long as it takes.

    Raises:
        CheckpointError: `resume` without a fitting checkpoint.
        CorpusError: Too little text.
    """
    engine.start()
    size, dropouts = settings.encoder(), settings.scaled_dropouts()
    model = build_language_model(size, len(corpus.vocabulary), dropouts)
    title = f"{'backward ' if settings.backward else ''}language model"
    run = LanguageModelRun(corpus, out, settings, engine, console, resume, title, time)
    provenance = {"pretraining_tokens": corpus.split(TRAIN).token_count}
    return run.train(model, settings.training_stages(), provenance)
