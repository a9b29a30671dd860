"""From a model's layer groups to an optimizer's parameter groups."""

from collections.abc import Sequence
from typing import Any

import torch
from torch import nn

from ulmus.errors import SettingsError
from ulmus.training.stage import Stage

LayerGroups = Sequence[Sequence[nn.Parameter]]

SQUARE_DECAY = 0.99
EPSILON = 1e-5


def freeze(groups: LayerGroups, train_from: int) -> int:
    """Let only the groups from `train_from` on take gradients; return its index from the front.

    Raises:
        SettingsError: There is no such group.
    """
    count = len(groups)
    first = train_from if train_from >= 0 else count + train_from
    if not 0 <= first < count:
        raise SettingsError(
            "no such layer group to train from",
            given=train_from,
            accepted=f"{-count} to {count - 1}",
            remedy="Choose another train_from",
        )
    for index, group in enumerate(groups):
        for parameter in group:
            parameter.requires_grad_(index >= first)
            parameter.grad = None
    return first


def discriminative_rates(count: int, rate: float, factor: float) -> list[float]:
    """Return a rate for each group: the last one's is `rate`, each below is divided by `factor`."""
    return [rate / factor ** (count - 1 - index) for index in range(count)]


def build_optimizer(groups: LayerGroups, stage: Stage, weight_decay: float) -> torch.optim.AdamW:
    """Return Adam over the groups a stage trains, each with its own highest rate.

    Weights decay, decoupled from the gradient; biases and norms (parameters of one axis) do
    not. Each parameter group carries its highest rate as `peak`.
    """
    first = freeze(groups, stage.train_from)
    rates = discriminative_rates(len(groups), stage.learning_rate, stage.factor)
    made: list[dict[str, Any]] = []
    for group, rate in zip(groups[first:], rates[first:], strict=True):
        for decays in (True, False):
            members = [parameter for parameter in group if (parameter.ndim > 1) is decays]
            if members:
                decay = weight_decay if decays else 0.0
                made.append({"params": members, "peak": rate, "weight_decay": decay})
    return torch.optim.AdamW(
        made, lr=stage.learning_rate, betas=(0.8, SQUARE_DECAY), eps=EPSILON, fused=True
    )


def set_rates(optimizer: torch.optim.Optimizer, fraction: float, momentum: float) -> None:
    """Move every group to a fraction of its highest rate, and to a momentum."""
    for group in optimizer.param_groups:
        group["lr"] = group["peak"] * fraction
        group["betas"] = (momentum, SQUARE_DECAY)
