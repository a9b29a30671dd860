"""The gradients of a batch, found in parts where memory does not hold all of it at once.

Rows of a stream know nothing of each other, so some after the others give the same gradient, each
part weighted by its rows. Documents meet in batch norm: there the model reads them in parts and
judges them together (`TextClassifier.read`). Either way sums are rounded differently, and dropout
draws other masks than it would have for all at once.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

import torch
from torch import Tensor

from ulmus.batches.contiguous import StreamBatch
from ulmus.models.language_model import LanguageModel
from ulmus.nn.recurrent_stack import State, select_rows
from ulmus.shortage import is_shortage
from ulmus.training.objectives import Objective, ObjectiveOutput, Score


def find_gradients(
    objective: Objective, model: Any, batch: Any, state: State | None
) -> tuple[Score, State | None]:
    """Add the gradients of a batch's mean loss to a model's, which has none yet.

    Where memory runs out, the model's token budget is halved and all is done anew, from the same
    state and random numbers.

    Args:
        objective: What is learned.
        model: What learns; `model.budget` says how much it keeps at once.
        batch: On the model's device.
        state: What its rows go on from.

    Returns:
        The score, and the state to go on with.

    Raises:
        ShortageError: There is too little memory for a single row or document.
    """
    while True:
        before = _Before.of(model, batch)
        try:
            return _found(objective, model, batch, state)
        except Exception as error:
            if not is_shortage(error):
                raise
        # Here, where nothing holds on to what the attempt had made any more.
        before.restore(model)
        if isinstance(model, LanguageModel):
            model.recorder = None  # a recording holds the memory of a whole batch
        length = _kept_length(model, batch)
        rows = min(len(batch.tokens), model.budget.rows(length) or len(batch.tokens))
        model.budget.halve(rows * length, length, "a single row or document to learn from")


def _found(
    objective: Objective, model: Any, batch: Any, state: State | None
) -> tuple[Score, State | None]:
    score, states, rows = Score(), [], len(batch.tokens)
    for part, before in _parts(model, batch, state):
        found: ObjectiveOutput = objective(model, part, before)
        share = len(part.tokens) / rows
        (found.loss if share == 1 else found.loss * share).backward()
        score = score.plus(found.score)
        states.append(found.state)
    return score, _joined(states)


def _parts(model: Any, batch: Any, state: State | None) -> Iterator[tuple[Any, State | None]]:
    """Yield rows that are read at once, with their state; documents are parted by the model."""
    rows = model.budget.rows(batch.tokens.shape[1]) if isinstance(batch, StreamBatch) else None
    if rows is None or rows >= len(batch.tokens):
        yield batch, state
        return
    indices = torch.arange(len(batch.tokens), device=batch.tokens.device)
    for part in indices.split(rows):
        of_part = None if state is None else select_rows(state, part)
        yield StreamBatch(batch.tokens[part], batch.targets[part]), of_part


def _kept_length(model: Any, batch: Any) -> int:
    """Return of how many tokens of each row something is kept for its gradient."""
    if isinstance(batch, StreamBatch):
        return batch.tokens.shape[1]
    pooled: int = model.settings.max_length
    return min(int(batch.lengths.max()), pooled)


def _joined(states: list[State | None]) -> State | None:
    if len(states) == 1 or states[0] is None:
        return states[0]
    layers = zip(*(state for state in states if state is not None), strict=True)
    pairs = [zip(*layer, strict=True) for layer in layers]
    return tuple((torch.cat(hidden, 1), torch.cat(cell, 1)) for hidden, cell in pairs)


class _Before(NamedTuple):
    """What an attempt changes although it fails: random generators, and figures of batch norm."""

    generator: Tensor
    gpu_generator: Tensor | None
    buffers: list[Tensor]

    @classmethod
    def of(cls, model: Any, batch: Any) -> "_Before":
        on_gpu = batch.tokens.device.type == "cuda"
        return cls(
            torch.get_rng_state(),
            torch.cuda.get_rng_state(batch.tokens.device) if on_gpu else None,
            [buffer.clone() for buffer in model.buffers()],
        )

    def restore(self, model: Any) -> None:
        torch.set_rng_state(self.generator)
        if self.gpu_generator is not None:
            torch.cuda.set_rng_state(self.gpu_generator)
        for parameter in model.parameters():
            parameter.grad = None
        for buffer, value in zip(model.buffers(), self.buffers, strict=True):
            buffer.copy_(value)
