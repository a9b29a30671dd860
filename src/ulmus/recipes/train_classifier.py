"""Third ULMFiT stage: a classifier upon the encoder of a language model."""

from pathlib import Path
from typing import Any

from rich.console import Console

from ulmus.batches.documents import Documents, without_beginnings
from ulmus.batches.length_buckets import LengthBuckets
from ulmus.batches.part import WHOLE, Part
from ulmus.bundle.language_model import LanguageModelBundle
from ulmus.bundle.text_classifier import TextClassifierBundle
from ulmus.bundle.writer import classifier_bundle
from ulmus.corpus.layout import TRAIN, VALID
from ulmus.corpus.reader import Corpus
from ulmus.inference.classifier import TOKEN_BUDGET
from ulmus.models.awd_lstm import CLASSIFIER_DROPOUTS
from ulmus.models.text_classifier import TextClassifier, build_text_classifier
from ulmus.models.transfer import copy_encoder
from ulmus.recipes.amounts import classifier_epochs
from ulmus.recipes.classifier_settings import (
    GRADUAL_RATE,
    STRONG_TOKENS,
    WHOLE_FACTOR,
    WHOLE_RATE,
    ClassifierTrainingSettings,
)
from ulmus.recipes.classifier_targets import (
    check_targets,
    number_scale,
    objective_of,
)
from ulmus.recipes.finish import QUIET, checked_output, checkpoint_of, finish, goes_on
from ulmus.recipes.time_limit import TrainingTime, in_time
from ulmus.recipes.watching import watching
from ulmus.training.engine import Engine
from ulmus.training.loop import Trainer
from ulmus.training.objectives import Objective
from ulmus.training.progress import show_progress
from ulmus.training.stage import (
    PAPER_FACTOR,
    Stage,
    gradual_unfreezing,
)

LENGTHS_READ = 16
"""So many times what is pooled is read of a document that is learned from, at most."""


def train_classifier(
    source: LanguageModelBundle,
    corpus: Corpus,
    out: Path,
    settings: ClassifierTrainingSettings,
    engine: Engine,
    *,
    console: Console = QUIET,
    resume: bool = False,
    time: TrainingTime | None = None,
) -> TextClassifierBundle:
    """Train a classifier upon a language model's encoder and write it.

    Args:
        source: The language model, of the domain if possible.
        corpus: Labelled documents, made with that model's processor.
        out: The bundle's folder.
        settings: How.
        engine: Where.
        console: Where progress is shown.
        resume: Whether to go on from the checkpoint an interrupted run left.
        time: How long it may take; None for as long as it takes.

    Raises:
        CheckpointError: `resume` without a fitting checkpoint.
        CorpusError: The corpus has no labels, or another vocabulary than the model.
        LabelError: Only one class, a class with a single document, or one number only.
        OutputError: The folder is taken by something else, or cannot be written.
    """
    check_targets(corpus)
    engine.start()
    model = classifier_upon(source, corpus, settings)
    processes = engine.processes
    train, valid = _both_batches(source, corpus, settings, engine)
    watched = watching(model, train, asked=settings.activation_stats)
    trainer = Trainer(
        model,
        objective_for(corpus, settings),
        train,
        valid,
        engine,
        callbacks=[show_progress(engine.titled(_title(source)), console), *watched],
        **_trained_with(out, corpus, settings),
    )
    stages = in_time(_stages(source, model, train, settings, corpus), time, trainer, corpus)
    with checked_output(out, processes):
        history = trainer.run(stages, resume=goes_on(out, processes, resume=resume))
        bundle = _bundled(model, source, corpus, settings, _best(trainer))
        finish(out, bundle, history, watched, processes)
    return bundle


def _both_batches(
    source: LanguageModelBundle,
    corpus: Corpus,
    settings: ClassifierTrainingSettings,
    engine: Engine,
) -> list[LengthBuckets]:
    """Return what this process learns from, and what the model is judged by."""
    part = engine.processes.part
    return [
        classifier_batches(source, corpus, split, settings, engine.seed, part=part)
        for split in (TRAIN, VALID)
    ]


def _trained_with(
    out: Path, corpus: Corpus, settings: ClassifierTrainingSettings
) -> dict[str, Any]:
    """Return a trainer's settings, where a checkpoint is kept, and what it holds for."""
    return {
        "settings": settings.trainer,
        "checkpoint_folder": checkpoint_of(out),
        "corpus_fingerprint": corpus.fingerprint,
        "facts": settings.model_dump(mode="json"),
    }


def _title(source: LanguageModelBundle) -> str:
    return "backward classifier" if source.manifest.backward else "classifier"


def _best(trainer: Trainer) -> dict[str, float]:
    """Return the figures of the epoch whose weights were kept."""
    history, best = trainer.state.history, trainer.state.best_epoch
    record = next(record for record in history.epochs if record.epoch == best)
    return {f"valid_{history.metric_name}": record.metric, "valid_loss": record.valid_loss}


def _bundled(
    model: TextClassifier,
    source: LanguageModelBundle,
    corpus: Corpus,
    settings: ClassifierTrainingSettings,
    metrics: dict[str, float],
) -> TextClassifierBundle:
    return classifier_bundle(
        model,
        corpus.processor,
        corpus.labels,
        target=corpus.target or "class",
        separator=corpus.separator,
        number=number_scale(corpus, settings.number_range),
        backward=source.manifest.backward,
        metrics=metrics,
        provenance={
            **corpus.provenance,
            "corpus": corpus.fingerprint,
            "settings": settings.model_dump(mode="json"),
            "language_model": dict(source.manifest.provenance),
        },
    )


def classifier_upon(
    source: LanguageModelBundle, corpus: Corpus, settings: ClassifierTrainingSettings
) -> TextClassifier:
    """Return an untrained classifier for a corpus' labels upon a language model's encoder.

    Raises:
        CorpusError: The corpus has another vocabulary than the model.
    """
    corpus.require_vocabulary(source.processor.vocabulary)
    model = build_text_classifier(
        source.manifest.encoder,
        len(corpus.vocabulary),
        max(1, len(corpus.labels)),  # the one number, where there are no labels
        settings=settings.reading,
        dropouts=CLASSIFIER_DROPOUTS.scaled(settings.dropout_multiplier),
    )
    copy_encoder(source.model, model)
    return model


def objective_for(corpus: Corpus, settings: ClassifierTrainingSettings) -> Objective:
    """Return what a classifier of a corpus is trained for.

    Raises:
        LabelError: A number outside of its range.
        SettingsError: Settings that do not go with the corpus' targets.
    """
    return objective_of(
        corpus,
        number_scale(corpus, settings.number_range),
        class_weights=settings.class_weights,
        label_smoothing=settings.label_smoothing,
        alpha=settings.alpha,
        beta=settings.beta,
    )


def _stages(
    source: LanguageModelBundle,
    model: TextClassifier,
    train: LengthBuckets,
    settings: ClassifierTrainingSettings,
    corpus: Corpus,
) -> list[Stage]:
    if settings.stages:
        return list(settings.stages)
    documents = corpus.split(TRAIN).document_count
    epochs = settings.epochs or classifier_epochs(documents, train.batch_size, len(corpus.labels))
    strong = source.manifest.pretraining_tokens >= STRONG_TOKENS
    if settings.unfreeze == "gradual" or (settings.unfreeze == "auto" and strong):
        return gradual_unfreezing(
            len(model.layer_groups()),
            learning_rate=settings.learning_rate or GRADUAL_RATE,
            factor=settings.factor or PAPER_FACTOR,
            last_epochs=epochs,
            schedule=settings.schedule,
        )
    return [
        Stage(
            name="all layers",
            epochs=epochs,
            learning_rate=settings.learning_rate or WHOLE_RATE,
            factor=settings.factor or WHOLE_FACTOR,
            schedule=settings.schedule,
        )
    ]


def classifier_batches(
    source: LanguageModelBundle,
    corpus: Corpus,
    split: str,
    settings: ClassifierTrainingSettings,
    seed: int,
    *,
    part: Part = WHOLE,
) -> LengthBuckets:
    """Return the batches of a split, read in the direction of the language model beneath.

    Where one learns, what stands in a document more than 16 times as far from its end as what is
    pooled is not read: the state has forgotten it by then.

    Args:
        source: The language model.
        corpus: Labelled documents.
        split: `train` is shuffled.
        settings: How many documents a step has.
        seed: Of the order.
        part: Which part of each training batch this process learns from.
    """
    backward, training = source.manifest.backward, split == TRAIN
    documents: Documents = corpus.split(split)
    if training:
        documents = without_beginnings(
            documents,
            LENGTHS_READ * settings.reading.max_length,
            multiple=settings.reading.sequence_length,
            backward=backward,
        )
    return LengthBuckets(
        documents,
        batch_size=settings.documents_a_step(corpus.split(TRAIN).document_count, part.parts),
        training=training,
        seed=seed,
        backward=backward,
        token_budget=None if training else TOKEN_BUDGET,
        part=part,
    )
