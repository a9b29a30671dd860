"""Tiny batches, models and listeners to train with."""

import signal
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ulmus.batches.contiguous import StreamBatch
from ulmus.batches.length_buckets import DocumentBatch
from ulmus.models.awd_lstm import AwdLstmSettings, Dropouts
from ulmus.models.language_model import LanguageModel, build_language_model
from ulmus.models.text_classifier import (
    ClassifierSettings,
    TextClassifier,
    build_text_classifier,
)
from ulmus.training.callbacks import Callback
from ulmus.training.engine import Engine, EngineSettings
from ulmus.training.history import EpochRecord
from ulmus.training.loop import Trainer
from ulmus.training.objectives import (
    ClassificationObjective,
    LanguageModelObjective,
    Objective,
    Score,
)
from ulmus.training.stage import Stage
from ulmus.training.trainer_settings import TrainerSettings

WORDS = 20
STEPS = 5
SIZE = AwdLstmSettings(embedding_size=8, hidden_size=10, layer_count=2)
DROPOUTS = Dropouts(
    output_dropout=0.2,
    hidden_dropout=0.2,
    input_dropout=0.2,
    embedding_dropout=0.1,
    weight_dropout=0.3,
)


class StreamStandIn:
    """Language-model batches in which a token is mostly followed by the next one."""

    def __init__(self, seed: int = 0) -> None:
        self.seed = seed

    def rate_shares(self, epoch: int) -> NDArray[np.float64]:
        return np.ones(STEPS)

    def batches(self, epoch: int, start_step: int = 0) -> Iterator[StreamBatch]:
        generator = torch.Generator().manual_seed(1000 * self.seed + epoch)
        stream = torch.arange(STEPS * 6 + 1) + torch.randint(0, WORDS, (4, 1), generator=generator)
        stream = (stream + (torch.rand(stream.shape, generator=generator) < 0.1)) % WORDS
        for start in range(6 * start_step, 6 * STEPS, 6):
            tokens, targets = stream[:, start : start + 6], stream[:, start + 1 : start + 7]
            yield StreamBatch(tokens.contiguous(), targets.contiguous())


class DocumentStandIn:
    """Classifier batches in which the class is whether the first tokens are large."""

    def __init__(self, seed: int = 0) -> None:
        self.seed = seed

    def rate_shares(self, epoch: int) -> NDArray[np.float64]:
        return np.ones(STEPS)

    def batches(self, epoch: int, start_step: int = 0) -> Iterator[DocumentBatch]:
        generator = torch.Generator().manual_seed(1000 * self.seed + epoch)
        all_labels = torch.randint(0, 2, (STEPS, 6), generator=generator)
        all_tokens = torch.randint(0, WORDS // 2, (STEPS, 6, 7), generator=generator)
        all_lengths = torch.randint(2, 8, (STEPS, 6), generator=generator)
        for step in range(start_step, STEPS):
            labels = all_labels[step]
            tokens = all_tokens[step] + labels[:, None] * (WORDS // 2)
            yield DocumentBatch(tokens, all_lengths[step], labels, torch.arange(6))


class Listener:
    """Hears everything and does nothing."""

    def stage_started(self, stage: Stage, objective: Objective, steps: Sequence[int]) -> None:
        pass

    def epoch_started(self, epoch: int, steps: int) -> None:
        pass

    def step_done(self, epoch: int, step: int, score: Score) -> None:
        pass

    def epoch_done(self, record: EpochRecord, *, kept: bool) -> None:
        pass

    def run_ended(self) -> None:
        pass


class CtrlC(Listener):
    """Presses Ctrl-C after some steps of the run."""

    def __init__(self, after_steps: int) -> None:
        self.left = after_steps

    def step_done(self, epoch: int, step: int, score: Score) -> None:
        self.left -= 1
        if self.left == 0:
            signal.raise_signal(signal.SIGINT)


def language_model(seed: int = 0, dropouts: Dropouts = DROPOUTS) -> LanguageModel:
    """Return a small language model."""
    torch.manual_seed(seed)
    return build_language_model(SIZE, WORDS, dropouts)


def classifier(
    seed: int = 0, dropouts: Dropouts = DROPOUTS, class_count: int = 2
) -> TextClassifier:
    """Return a small classifier that reads in chunks."""
    torch.manual_seed(seed)
    reading = ClassifierSettings(sequence_length=3, max_length=6, head_size=5)
    return build_text_classifier(SIZE, WORDS, class_count, settings=reading, dropouts=dropouts)


def trainer(
    task: str = "language model",
    *,
    seed: int = 0,
    objective: Objective | None = None,
    valid: Any = None,
    callbacks: Sequence[Callback] = (),
    engine: Engine | None = None,
    **rest: Any,
) -> Trainer:
    """Return a trainer of a fresh small model for a task."""
    engine = engine or Engine(EngineSettings(device="cpu", seed=seed, precision="fp32"))
    engine.start()
    settings = rest.pop("settings", TrainerSettings())
    if task == "language model":
        parts: Any = (language_model(seed), LanguageModelObjective(), StreamStandIn)
    else:
        parts = (classifier(seed), ClassificationObjective(), DocumentStandIn)
    model, usual, batches = parts
    return Trainer(
        model,
        objective or usual,
        batches(1),
        valid or batches(2),
        engine,
        settings=settings,
        callbacks=callbacks,
        **rest,
    )


def stage(**changes: Any) -> Stage:
    """Return a stage of one epoch over everything."""
    return Stage(**{"name": "all", "epochs": 1, "learning_rate": 1e-2, **changes})


def weights(model: torch.nn.Module) -> dict[str, Tensor]:
    """Return copies of all of a model's tensors."""
    return {name: value.detach().clone() for name, value in model.state_dict().items()}


def same(one: dict[str, Tensor], other: dict[str, Tensor]) -> bool:
    """Tell whether two models have the same tensors, bit by bit."""
    return one.keys() == other.keys() and all(torch.equal(one[k], other[k]) for k in one)
