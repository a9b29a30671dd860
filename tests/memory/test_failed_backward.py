"""A backward pass that fails halfway: what it kept is let go before less is tried."""

import weakref
from typing import Any

import pytest
import torch
from torch import Tensor

from tests.memory.large import language_model, stream
from ulmus.batches.contiguous import StreamBatch
from ulmus.errors import UlmusWarning
from ulmus.models.language_model import LanguageModel
from ulmus.nn.recurrent_stack import State
from ulmus.training.gradients import find_gradients
from ulmus.training.objectives import LanguageModelObjective, ObjectiveOutput


class Kept:
    """Stands for the memory of a graph."""


class _Keeps(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, given: Tensor, kept: Kept) -> Tensor:
        ctx.kept = kept
        return given.clone()

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None]:
        return gradients[0], None


class _Fails(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, given: Tensor) -> Tensor:
        return given.clone()

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> Tensor:
        raise MemoryError


class FailsOnce(LanguageModelObjective):
    """Adds two branches to the first loss; when the one fails, the other has not been begun."""

    def __init__(self) -> None:
        super().__init__()
        self.alive: list[bool] = []
        self._kept: weakref.ref[Kept] | None = None

    def __call__(
        self, model: LanguageModel, batch: StreamBatch, state: State | None
    ) -> ObjectiveOutput:
        output = super().__call__(model, batch, state)
        if self._kept is not None:
            self.alive.append(self._kept() is not None)
            return output
        kept, parameter = Kept(), next(model.parameters())
        self._kept = weakref.ref(kept)
        begun_later = _Keeps.apply(parameter * 2, kept)  # type: ignore[no-untyped-call]
        failing = _Fails.apply(parameter * 3)  # type: ignore[no-untyped-call]
        return output._replace(loss=output.loss + begun_later.sum() + failing.sum())


def test_nothing_is_held_when_less_is_tried() -> None:
    objective = FailsOnce()
    batch = StreamBatch(*(each[:4, :8] for each in stream[0]))
    with pytest.warns(UlmusWarning, match="not enough memory for 32 tokens at once"):
        find_gradients(objective, language_model, batch, None)
    assert objective.alive == [False, False]  # in both halves of the second attempt
