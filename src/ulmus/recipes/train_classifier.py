"""Third ULMFiT stage: a classifier upon the encoder of a language model."""

from pathlib import Path
from typing import Literal

import numpy as np
from pydantic import Field
from rich.console import Console

from ulmus.batches.length_buckets import LengthBuckets
from ulmus.bundle.language_model import LanguageModelBundle
from ulmus.bundle.text_classifier import TextClassifierBundle
from ulmus.bundle.writer import classifier_bundle
from ulmus.corpus.layout import TRAIN, VALID
from ulmus.corpus.reader import Corpus
from ulmus.errors import LabelError
from ulmus.models.awd_lstm import CLASSIFIER_DROPOUTS
from ulmus.models.text_classifier import ClassifierSettings, TextClassifier, build_text_classifier
from ulmus.models.transfer import copy_encoder
from ulmus.recipes.finish import QUIET, checked_output, checkpoint_of, finish
from ulmus.recipes.prepare import PrepareSettings
from ulmus.settings import Settings
from ulmus.text.sources import SourceSettings
from ulmus.training.engine import Engine, EngineSettings
from ulmus.training.history import History
from ulmus.training.loop import Trainer, TrainerSettings
from ulmus.training.objectives import ClassificationObjective
from ulmus.training.progress import show_progress
from ulmus.training.schedules import ScheduleName
from ulmus.training.stage import PAPER_FACTOR, Stage, gradual_unfreezing

STRONG_TOKENS = 10_000_000
"""Pretraining tokens from which on a language model counts as strong.

Measured on rt_polarity with compact models: after 4.6 M tokens of novels the book's gradual
unfreezing gave 0.675, training every layer from the start 0.769.
"""

GRADUAL_RATE, WHOLE_RATE = 1e-2, 2e-3
WHOLE_FACTOR = 1.5


class ClassifierTrainingSettings(Settings):
    """How a classifier is trained.

    Args:
        unfreeze: `gradual` is the book's way, head first; `all` trains every layer from the
            start; `auto` is gradual after a strong pretrained model and all otherwise.
        epochs: Passes over the documents in which every layer learns.
        learning_rate: Highest rate of the head with `all`; of the second stage with `gradual`.
            None takes 2e-3 and the book's 1e-2.
        factor: Ratio of the rates of neighbouring layer groups. None takes the paper's 2.6 with
            `gradual` and 1.5 with `all`.
        schedule: How the rate moves.
        dropout_multiplier: Scales the five dropouts of the classifier's defaults.
        batch_size: Documents a step; fewer where there are few.
        reading: How documents are read and judged.
        trainer: Weight decay, clipping and patience.
    """

    unfreeze: Literal["auto", "gradual", "all"] = "auto"
    epochs: int = Field(8, ge=1)
    learning_rate: float | None = Field(None, gt=0)
    factor: float | None = Field(None, ge=1)
    schedule: ScheduleName = "one-cycle"
    dropout_multiplier: float = Field(0.7, ge=0, lt=2)
    batch_size: int = Field(32, ge=2)
    reading: ClassifierSettings = ClassifierSettings()
    trainer: TrainerSettings = TrainerSettings()


class ClassifierVerbSettings(Settings):
    """Everything `ulmus classifier` can be told."""

    prepare: PrepareSettings = PrepareSettings(source=SourceSettings(label="label"))
    classifier: ClassifierTrainingSettings = ClassifierTrainingSettings()
    engine: EngineSettings = EngineSettings()


def train_classifier(
    source: LanguageModelBundle,
    corpus: Corpus,
    out: Path,
    settings: ClassifierTrainingSettings,
    engine: Engine,
    *,
    console: Console = QUIET,
    resume: bool = False,
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

    Raises:
        CheckpointError: `resume` without a fitting checkpoint.
        CorpusError: The corpus has no labels, or another vocabulary than the model.
        LabelError: Only one class, or a class with a single document.
        OutputError: The folder is taken by something else, or cannot be written.
    """
    check_classes(corpus)
    corpus.require_vocabulary(source.processor.vocabulary)
    engine.start()
    model = classifier_upon(source, corpus, settings)
    backward = source.manifest.backward
    trainer = Trainer(
        model,
        ClassificationObjective(),
        _batches(corpus, TRAIN, settings, engine.seed, backward),
        _batches(corpus, VALID, settings, engine.seed, backward),
        engine,
        settings=settings.trainer,
        callbacks=[show_progress(f"{'backward ' if backward else ''}classifier", console)],
        checkpoint_folder=checkpoint_of(out),
        corpus_fingerprint=corpus.fingerprint,
        facts=settings.model_dump(mode="json"),
    )
    with checked_output(out):
        history = trainer.run(_stages(source, model, settings), resume=resume)
    bundle = _bundled(model, source, corpus, settings, history)
    finish(out, bundle, history)
    return bundle


def _bundled(
    model: TextClassifier,
    source: LanguageModelBundle,
    corpus: Corpus,
    settings: ClassifierTrainingSettings,
    history: History,
) -> TextClassifierBundle:
    best = max(history.epochs, key=lambda record: (record.metric, -record.valid_loss))
    return classifier_bundle(
        model,
        corpus.processor,
        corpus.labels,
        backward=source.manifest.backward,
        metrics={"valid_accuracy": best.metric, "valid_loss": best.valid_loss},
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
    """Return an untrained classifier for a corpus' labels upon a language model's encoder."""
    model = build_text_classifier(
        source.manifest.encoder,
        len(corpus.vocabulary),
        len(corpus.labels),
        settings=settings.reading,
        dropouts=CLASSIFIER_DROPOUTS.scaled(settings.dropout_multiplier),
    )
    copy_encoder(source.model, model)
    return model


def check_classes(corpus: Corpus) -> None:
    """Refuse labels that no classifier can be trained with.

    Raises:
        LabelError: No labels, one class only, or a class without a training document.
    """
    labels, documents = corpus.labels, corpus.split(TRAIN)
    if len(labels) < 2 or documents.label_ids is None:
        raise LabelError(
            "a classifier needs two classes or more",
            given=", ".join(labels) or "no labels",
            accepted="two different labels or more in the label column",
            remedy="Name the right column with --label",
        )
    counts = np.bincount(documents.label_ids, minlength=len(labels))
    if counts.min() < 1:
        raise LabelError(
            "a class without a training document",
            given=labels[int(counts.argmin())],
            accepted="two documents or more in each class",
            remedy="Add documents of this class, or leave it out",
        )


def _stages(
    source: LanguageModelBundle, model: TextClassifier, settings: ClassifierTrainingSettings
) -> list[Stage]:
    strong = source.manifest.provenance.get("pretraining_tokens", 0) >= STRONG_TOKENS
    if settings.unfreeze == "gradual" or (settings.unfreeze == "auto" and strong):
        return gradual_unfreezing(
            len(model.layer_groups()),
            learning_rate=settings.learning_rate or GRADUAL_RATE,
            factor=settings.factor or PAPER_FACTOR,
            last_epochs=settings.epochs,
            schedule=settings.schedule,
        )
    return [
        Stage(
            name="all layers",
            epochs=settings.epochs,
            learning_rate=settings.learning_rate or WHOLE_RATE,
            factor=settings.factor or WHOLE_FACTOR,
            schedule=settings.schedule,
        )
    ]


def _batches(
    corpus: Corpus, split: str, settings: ClassifierTrainingSettings, seed: int, backward: bool
) -> LengthBuckets:
    return LengthBuckets(
        corpus.split(split),
        batch_size=settings.batch_size,
        training=split == TRAIN,
        seed=seed,
        backward=backward,
    )
