"""The gradients of a batch, found in parts where memory does not hold all of it at once.

Rows of a stream know nothing of each other, so some after the others give the same gradient, each
part weighted by its rows. Documents meet in batch norm: there the model reads them in parts and
judges them together (`TextClassifier.read`). Either way sums are rounded differently, and dropout
draws other masks than it would have for all at once.
"""

from functools import partial
from typing import Any

import torch
from torch import Tensor

from ulmus.nn.recurrent_stack import State
from ulmus.training.objectives import Objective, Score, read_in_parts
from ulmus.training.parts import within_memory


def find_gradients(
    objective: Objective, model: Any, batch: Any, state: State | None
) -> tuple[Score, State | None]:
    """Add the gradients of a batch's mean loss to a model's, which has none yet.

    Where memory runs out, the model's token budget is halved and all is done anew, from the same
    state.

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
    figures = [buffer.clone() for buffer in model.buffers()]  # of batch norm

    def undo() -> None:
        _forget_failed_graph()
        for parameter in model.parameters():
            parameter.grad = None
        for buffer, figure in zip(model.buffers(), figures, strict=True):
            buffer.copy_(figure)

    attempt = partial(read_in_parts, objective, model, batch, state, learn=Tensor.backward)
    return within_memory(model, batch, attempt, undo)


def _forget_failed_graph() -> None:
    """Let go of what a backward pass that failed had still to do, and of all that it kept.

    torch holds on to that until the same thread's next backward pass, whatever it is of
    (https://github.com/pytorch/pytorch/issues/82218).
    """
    torch.zeros((), requires_grad=True).clone().backward()
