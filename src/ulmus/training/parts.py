"""Batches in parts, of as many tokens as there is memory for."""

from collections.abc import Callable, Iterator
from typing import Any, TypeVar

import torch

from ulmus.batches.contiguous import StreamBatch
from ulmus.models.language_model import LanguageModel
from ulmus.nn.recurrent_stack import State, select_rows
from ulmus.shortage import until_it_fits
from ulmus.training.memory import give_back_freed_memory

T = TypeVar("T")


def within_memory(
    model: Any, batch: Any, attempt: Callable[[], T], undo: Callable[[], None] = lambda: None
) -> T:
    """Return what an attempt makes of a batch; with half the token budget where memory runs out.

    Args:
        model: Its budget says how much is read at once, see `parts_of`.
        batch: What is read.
        attempt: Reads it.
        undo: Takes back what an attempt has changed although it failed.

    Raises:
        ShortageError: There is too little memory for a single row or document.
    """

    def make_smaller() -> None:
        undo()
        give_back_freed_memory()
        if isinstance(model, LanguageModel):
            model.recorder = None  # a recording holds the memory of a whole batch
        length = _kept_length(model, batch)
        rows = min(len(batch.tokens), model.budget.rows(length) or len(batch.tokens))
        model.budget.halve(rows * length, length, "a single row or document")

    return until_it_fits(attempt, make_smaller)


def parts_of(model: Any, batch: Any, state: State | None) -> Iterator[tuple[Any, State | None]]:
    """Yield rows that are read at once, with their state; documents are parted by the model.

    Args:
        model: Its budget says how many.
        batch: All rows.
        state: What they go on from.
    """
    rows = model.budget.rows(batch.tokens.shape[1]) if isinstance(batch, StreamBatch) else None
    if rows is None or rows >= len(batch.tokens):
        yield batch, state
        return
    indices = torch.arange(len(batch.tokens), device=batch.tokens.device)
    for part in indices.split(rows):
        of_part = None if state is None else select_rows(state, part)
        yield StreamBatch(batch.tokens[part], batch.targets[part]), of_part


def joined(states: list[State | None]) -> State | None:
    """Return the state of all rows from that of each part."""
    if len(states) == 1 or states[0] is None:
        return states[0]
    layers = zip(*(state for state in states if state is not None), strict=True)
    pairs = [zip(*layer, strict=True) for layer in layers]
    return tuple((torch.cat(hidden, 1), torch.cat(cell, 1)) for hidden, cell in pairs)


def _kept_length(model: Any, batch: Any) -> int:
    """Return of how many tokens of each row something is kept for its gradient."""
    if isinstance(batch, StreamBatch):
        return batch.tokens.shape[1]
    pooled: int = model.settings.max_length
    return min(int(batch.lengths.max()), pooled)
