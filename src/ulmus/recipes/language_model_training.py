"""What pretraining and fine-tuning of a language model have in common."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from rich.console import Console

from ulmus.batches.contiguous import ContiguousBatches
from ulmus.batches.part import WHOLE, Part
from ulmus.bundle.language_model import LanguageModelBundle
from ulmus.bundle.writer import language_model_bundle
from ulmus.corpus.layout import TRAIN, VALID
from ulmus.corpus.reader import Corpus
from ulmus.errors import CorpusError
from ulmus.evaluation.perplexity import Perplexity, split_perplexity
from ulmus.models.language_model import LanguageModel
from ulmus.nn.sampled_words import WordSampler
from ulmus.recipes.finish import checked_output, checkpoint_of, finish, goes_on
from ulmus.recipes.language_model_settings import LanguageModelSettings
from ulmus.recipes.time_limit import TrainingTime, in_time
from ulmus.recipes.watching import watching
from ulmus.training.engine import Engine
from ulmus.training.loop import Trainer
from ulmus.training.objectives import LanguageModelObjective
from ulmus.training.progress import show_progress
from ulmus.training.stage import Stage

VALID_BATCH_SIZE = 16
SMALLEST_ROW = 8
"""Tokens a row of the stream must have, else the batch is made smaller."""


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
        settings, processes = self.settings, self.engine.processes
        train = self.batches(TRAIN)
        watched = watching(model, train, asked=settings.activation_stats)
        trainer = Trainer(
            model,
            LanguageModelObjective(
                alpha=settings.alpha, beta=settings.beta, sampler=self.sampler()
            ),
            train,
            self.batches(VALID),
            self.engine,
            settings=settings.trainer,
            callbacks=[show_progress(self.engine.titled(self.title), self.console), *watched],
            checkpoint_folder=checkpoint_of(self.out),
            corpus_fingerprint=self.corpus.fingerprint,
            facts=settings.model_dump(mode="json"),
        )
        stages = in_time(stages, self.time, trainer, self.corpus)
        with checked_output(self.out, processes):
            resume = goes_on(self.out, processes, resume=self.resume)
            history = trainer.run(stages, resume=resume)
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
            finish(self.out, bundle, history, watched, processes)
        return bundle

    def sampler(self) -> WordSampler | None:
        """Return what draws the words of a batch, if any are drawn."""
        size = len(self.corpus.vocabulary)
        drawn = self.settings.words_drawn(size)
        if not drawn:
            return None
        return WordSampler(torch.from_numpy(self.corpus.split(TRAIN).counts(size)), drawn)

    def perplexity(self, model: LanguageModel) -> Perplexity:
        """Measure a model on the validation split, and leave it in evaluation mode."""
        split, backward = self.corpus.split(VALID), self.settings.backward
        model.eval()
        return self.engine.processes.first(
            lambda: split_perplexity(model, split, backward=backward)
        )

    def batches(self, split: str) -> ContiguousBatches:
        """Return the stream of a split; validation needs no more than a few rows.

        Each process learns from rows of its own; the first one alone validates.

        Raises:
            CorpusError: The split has fewer than two tokens.
        """
        processes, tokens = self.engine.processes, self.corpus.split(split).token_count
        rows, training = self.settings.batch_size * processes.part.parts, split == TRAIN
        return stream_of(
            self.corpus,
            split,
            self.settings,
            batch_size=rows if training else min(VALID_BATCH_SIZE, rows),
            seed=self.engine.seed,
            laid_out_on=self.engine.memory_for(4 * tokens),
            part=processes.part if training else WHOLE,
        )


def stream_of(
    corpus: Corpus,
    split: str,
    settings: LanguageModelSettings,
    *,
    batch_size: int,
    seed: int,
    laid_out_on: torch.device | None = None,
    part: Part = WHOLE,
) -> ContiguousBatches:
    """Return the stream of a split, in fewer rows where they would be very short.

    Args:
        corpus: The corpus.
        split: `train` is shuffled, and its steps may vary in length.
        settings: How it is read.
        batch_size: Rows of all processes, if there is text enough.
        seed: Of the order of the documents.
        laid_out_on: See `ContiguousBatches`.
        part: Likewise.

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
        part=part,
    )


def perplexity_metrics(perplexity: Perplexity) -> dict[str, Any]:
    """Return a perplexity under the names that a bundle's metrics have."""
    return {
        "valid_perplexity": perplexity.per_token,
        "valid_bits_per_character": perplexity.bits_per_character,
        "valid_tokens": perplexity.token_count,
    }
