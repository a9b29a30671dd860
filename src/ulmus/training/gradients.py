"""The gradients of a batch, found in parts where memory does not hold all of it at once.

Rows of a stream know nothing of each other, so some after the others give the same gradient, each
part weighted by its rows. Documents meet in batch norm: there the model reads them in parts and
judges them together (`TextClassifier.read`). Either way sums are rounded differently, and dropout
draws other masks than it would have for all at once.
"""

from typing import Any

from ulmus.nn.recurrent_stack import State
from ulmus.training.objectives import Objective, ObjectiveOutput, Score
from ulmus.training.parts import joined, parts_of, within_memory


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
        for parameter in model.parameters():
            parameter.grad = None
        for buffer, figure in zip(model.buffers(), figures, strict=True):
            buffer.copy_(figure)

    return within_memory(model, batch, lambda: _found(objective, model, batch, state), undo)


def _found(
    objective: Objective, model: Any, batch: Any, state: State | None
) -> tuple[Score, State | None]:
    score, states, rows = Score(), [], len(batch.tokens)
    for part, before in parts_of(model, batch, state):
        found: ObjectiveOutput = objective(model, part, before)
        share = len(part.tokens) / rows
        (found.loss if share == 1 else found.loss * share).backward()
        score = score.plus(found.score)
        states.append(found.state)
    return score, joined(states)
