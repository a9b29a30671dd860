"""One step of several processes: what each has learned from its rows becomes what all have."""

import math
from typing import Any

import torch

from ulmus.errors import SettingsError
from ulmus.training.gradients import find_gradients
from ulmus.training.objectives import Score, check_finite
from ulmus.training.processes import Processes
from ulmus.training.wishes import Wishes

DIVERGED = Score(loss=math.nan)
"""The score of a process whose loss is no number: so all of them hear of it, and stop."""


def learned(objective: Any, model: Any, batch: Any, state: Any) -> tuple[Score, Any]:
    """Find the gradients of this process's rows; return their score and the state to go on with.

    Where a batch has fewer rows than there are processes, some of these have none.

    Args:
        objective: What is learned.
        model: Gets the gradients.
        batch: This process's rows.
        state: What they go on from.
    """
    if not len(batch.tokens):
        return Score(), state
    try:
        return find_gradients(objective, model, batch, state)
    except SettingsError:
        return DIVERGED, state


def exchange(processes: Processes, model: Any, score: Score, wishes: Wishes) -> Score:
    """Make a model's gradients those of all processes' rows, and return the score of all.

    A gradient is the mean over processes, weighted by how many tokens or documents each has
    predicted, which is the gradient of the mean over all of them. Running figures of batch norm,
    which each process keeps of its own documents, are averaged likewise.

    Args:
        processes: All of them.
        model: Its gradients are replaced.
        score: Of this process's rows.
        wishes: Told to the others, and heard of them.

    Raises:
        ProcessError: Another process has ended.
        SettingsError: The loss of one of them is no longer a finite number.
    """
    # First, and not with the gradients: sums stay exact, and the weights are known.
    *sums, stop, late = processes.summed([*score, *wishes.told()])
    loss, metric_sum, count, tokens, metric_weight = sums
    check_finite(loss)
    wishes.hear(stop=stop > 0, late=late > 0)
    trained = [parameter for parameter in model.parameters() if parameter.requires_grad]
    figures = [buffer for buffer in model.buffers() if buffer.is_floating_point()]
    gradients = [torch.zeros_like(p) if p.grad is None else p.grad for p in trained]
    means = iter(processes.mean([*gradients, *figures], score.count / count))
    for parameter in trained:
        parameter.grad = next(means)
    for figure, mean in zip(figures, means, strict=True):
        figure.copy_(mean)
    return Score(loss, metric_sum, int(count), int(tokens), metric_weight)
