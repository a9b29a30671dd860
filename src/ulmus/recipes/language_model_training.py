"""What pretraining and fine-tuning of a language model have in common."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import torch
from pydantic import Field, model_validator
from rich.console import Console

from ulmus.batches.contiguous import ContiguousBatches
from ulmus.bundle.language_model import LanguageModelBundle
from ulmus.bundle.writer import language_model_bundle
from ulmus.corpus.layout import TRAIN, VALID
from ulmus.corpus.reader import Corpus
from ulmus.errors import CorpusError
from ulmus.evaluation.perplexity import Perplexity, split_perplexity
from ulmus.models.awd_lstm import LANGUAGE_MODEL_DROPOUTS, AwdLstmSettings, Dropouts
from ulmus.models.language_model import LanguageModel
from ulmus.models.presets import preset
from ulmus.nn.sampled_words import WordSampler
from ulmus.recipes.finish import checked_output, checkpoint_of, finish
from ulmus.recipes.time_limit import TrainingTime, in_time
from ulmus.settings import Settings
from ulmus.training.engine import Engine
from ulmus.training.loop import Trainer
from ulmus.training.objectives import LanguageModelObjective
from ulmus.training.progress import show_progress
from ulmus.training.schedules import ScheduleName
from ulmus.training.stage import Stage, check_stages_alone
from ulmus.training.trainer_settings import TrainerSettings

VALID_BATCH_SIZE = 16
SMALLEST_ROW = 8
"""Tokens a row of the stream must have, else the batch is made smaller."""
SIZES = ("embedding_size", "hidden_size", "layer_count")
IDLE_BESIDE_STAGES = (
    *("epochs", "learning_rate", "factor", "frozen_epochs", "frozen_learning_rate", "schedule"),
)


class LanguageModelSettings(Settings):
    """How a language model is trained, from the start or further.

    Args:
        model: Preset of the size; a model that is fine-tuned keeps its own.
        embedding_size: In the place of the preset's; None takes that.
        hidden_size: Likewise.
        layer_count: Likewise.
        backward: Read each document from its end; a fine-tuned model keeps its own direction.
        stages: What to do one after the other, in the place of what the next six settings say.
        epochs: Passes over the training text.
        learning_rate: Highest rate.
        factor: Ratio of the rates of neighbouring layer groups; the paper takes 2.6 in
            fine-tuning.
        frozen_epochs: In fine-tuning, passes that train embedding and decoder only, first.
        frozen_learning_rate: Highest rate of these; the book's.
        schedule: How the rate moves.
        dropouts: The five dropouts.
        dropout_multiplier: Scales all five.
        batch_size: Rows of the stream; fewer where the text is short.
        sequence_length: Tokens of a row that are learned from at once.
        vary_sequence_length: Draw that number anew for each step, and scale the rate with it, as
            the AWD-LSTM paper does (see `batches.sequence_lengths`).
        sampled_words: How many words are drawn for each batch, among which and those of the
            batch its tokens are told, instead of among all (see `nn.sampled_words`); 0: all. The
            loss that training shows is then that among these, and smaller.
        alpha: Weight of the activation regularization.
        beta: Weight of the temporal activation regularization.
        trainer: Optimizer, weight decay, clipping and patience.
    """

    model: str = "compact"
    embedding_size: int | None = Field(None, ge=1)
    hidden_size: int | None = Field(None, ge=1)
    layer_count: int | None = Field(None, ge=1)
    backward: bool = False
    stages: tuple[Stage, ...] = ()
    epochs: int = Field(6, ge=1)
    learning_rate: float = Field(4e-3, gt=0)
    factor: float = Field(1.0, ge=1)
    frozen_epochs: int = Field(1, ge=0)
    frozen_learning_rate: float = Field(2e-2, gt=0)
    schedule: ScheduleName = "one-cycle"
    dropouts: Dropouts = LANGUAGE_MODEL_DROPOUTS
    dropout_multiplier: float = Field(0.7, ge=0, lt=4)
    batch_size: int = Field(32, ge=1)
    sequence_length: int = Field(72, ge=1)
    vary_sequence_length: bool = False
    sampled_words: int = Field(0, ge=0)
    alpha: float = Field(2.0, ge=0)
    beta: float = Field(1.0, ge=0)
    trainer: TrainerSettings = TrainerSettings()

    @model_validator(mode="after")
    def _stages_stand_alone(self) -> Self:
        check_stages_alone(self, self.stages, IDLE_BESIDE_STAGES)
        return self

    def encoder(self) -> AwdLstmSettings:
        """Return the size of a new model.

        Raises:
            SettingsError: There is no preset of that name.
        """
        sizes = {name: getattr(self, name) for name in SIZES}
        return preset(self.model).with_(**{k: v for k, v in sizes.items() if v is not None})

    def scaled_dropouts(self) -> Dropouts:
        """Return the five dropouts, scaled."""
        return self.dropouts.scaled(self.dropout_multiplier)

    def training_stages(self, *, frozen_first: bool) -> list[Stage]:
        """Return what to do one after the other.

        Args:
            frozen_first: Whether embedding and decoder learn alone first, if nothing else is
                said.
        """
        if self.stages:
            return list(self.stages)
        frozen = Stage(
            name="embedding and decoder",
            epochs=max(1, self.frozen_epochs),
            learning_rate=self.frozen_learning_rate,
            schedule=self.schedule,
            train_from=-1,
        )
        main = Stage(
            name="all layers",
            epochs=self.epochs,
            learning_rate=self.learning_rate,
            factor=self.factor,
            schedule=self.schedule,
        )
        return [frozen, main] if frozen_first and self.frozen_epochs else [main]


@dataclass(frozen=True)
class LanguageModelRun:
    """A corpus, where its model goes, and how it is trained.

    Args:
        corpus: What to learn.
        out: The bundle's folder.
        settings: How.
        engine: Where.
        console: Where progress is shown.
        resume: Whether to go on from the checkpoint an interrupted run left.
        title: What progress calls it.
        time: How long it may take; None for as long as it takes.
    """

    corpus: Corpus
    out: Path
    settings: LanguageModelSettings
    engine: Engine
    console: Console
    resume: bool
    title: str
    time: TrainingTime | None = None

    def train(
        self, model: LanguageModel, stages: Sequence[Stage], provenance: dict[str, Any]
    ) -> LanguageModelBundle:
        """Train, measure on the validation split, write the bundle and return it.

        Raises:
            CheckpointError: `resume` without a fitting checkpoint.
            CorpusError: Too little text.
            OutputError: The folder is taken by something else, or cannot be written.
        """
        settings = self.settings
        trainer = Trainer(
            model,
            LanguageModelObjective(
                alpha=settings.alpha, beta=settings.beta, sampler=self.sampler()
            ),
            self.batches(TRAIN),
            self.batches(VALID),
            self.engine,
            settings=settings.trainer,
            callbacks=[show_progress(self.engine.titled(self.title), self.console)],
            checkpoint_folder=checkpoint_of(self.out),
            corpus_fingerprint=self.corpus.fingerprint,
            facts=settings.model_dump(mode="json"),
        )
        stages = in_time(stages, self.time, trainer, self.corpus)
        with checked_output(self.out):
            history = trainer.run(stages, resume=self.resume)
        model.eval()
        metrics = perplexity_metrics(self.perplexity(model))
        bundle = language_model_bundle(
            model,
            self.corpus.processor,
            backward=settings.backward,
            metrics=metrics,
            provenance={
                **self.corpus.provenance,
                "corpus": self.corpus.fingerprint,
                "settings": settings.model_dump(mode="json"),
                **provenance,
            },
        )
        finish(self.out, bundle, history)
        return bundle

    def sampler(self) -> WordSampler | None:
        """Return what draws the words of a batch, if any are drawn."""
        if not self.settings.sampled_words:
            return None
        counts = self.corpus.split(TRAIN).counts(len(self.corpus.vocabulary))
        return WordSampler(torch.from_numpy(counts), self.settings.sampled_words)

    def perplexity(self, model: LanguageModel) -> Perplexity:
        """Measure a model in evaluation mode on the validation split."""
        return split_perplexity(model, self.corpus.split(VALID), backward=self.settings.backward)

    def batches(self, split: str) -> ContiguousBatches:
        """Return the stream of a split; validation needs no more than a few rows.

        Raises:
            CorpusError: The split has fewer than two tokens.
        """
        rows = self.settings.batch_size
        return stream_of(
            self.corpus,
            split,
            self.settings,
            batch_size=rows if split == TRAIN else min(VALID_BATCH_SIZE, rows),
            seed=self.engine.seed,
            laid_out_on=self.engine.memory_for(4 * self.corpus.split(split).token_count),
        )


def stream_of(
    corpus: Corpus,
    split: str,
    settings: LanguageModelSettings,
    *,
    batch_size: int,
    seed: int,
    laid_out_on: torch.device | None = None,
) -> ContiguousBatches:
    """Return the stream of a split, in fewer rows where they would be very short.

    Args:
        corpus: The corpus.
        split: `train` is shuffled, and its steps may vary in length.
        settings: How it is read.
        batch_size: Rows, if there is text enough.
        seed: Of the order of the documents.
        laid_out_on: See `ContiguousBatches`.

    Raises:
        CorpusError: The split has fewer than two tokens.
    """
    documents = corpus.split(split)
    if documents.token_count < 2:
        raise CorpusError(
            f"too little text in the {split} split",
            given=f"{documents.token_count} tokens",
            accepted="two tokens or more",
            remedy="Give more text",
        )
    return ContiguousBatches(
        documents,
        batch_size=max(1, min(batch_size, (documents.token_count - 1) // SMALLEST_ROW)),
        sequence_length=settings.sequence_length,
        vary_sequence_length=settings.vary_sequence_length and split == TRAIN,
        shuffle=split == TRAIN,
        backward=settings.backward,
        seed=seed,
        laid_out_on=laid_out_on,
    )


def perplexity_metrics(perplexity: Perplexity) -> dict[str, Any]:
    """Return a perplexity under the names that a bundle's metrics have."""
    return {
        "valid_perplexity": perplexity.per_token,
        "valid_bits_per_character": perplexity.bits_per_character,
        "valid_tokens": perplexity.token_count,
    }
