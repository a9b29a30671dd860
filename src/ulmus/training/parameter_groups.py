"""From a model's layer groups to an optimizer's parameter groups."""

from collections.abc import Sequence
from typing import Literal

from torch import nn

from ulmus.errors import SettingsError
from ulmus.training.optimizers import Adam, GradientDescent, Optimizer, ParameterGroup
from ulmus.training.schedules import MOMENTA
from ulmus.training.stage import Stage

LayerGroups = Sequence[Sequence[nn.Parameter]]

OptimizerName = Literal["adam", "nt-asgd"]

SQUARED_MOMENTUM = 0.99
EPSILON = 1e-5


def first_trained(groups: LayerGroups, train_from: int) -> int:
    """Return from the front the index of the first group that trains.

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
    return first


def check_stage(groups: LayerGroups, stage: Stage, optimizer: OptimizerName) -> None:
    """Refuse a stage that could not be run, before any other is.

    Raises:
        SettingsError: It trains from a group that is not there, or moves a rate that must not.
    """
    first_trained(groups, stage.train_from)
    if optimizer == "nt-asgd" and stage.schedule != "constant":
        raise SettingsError(
            f"nt-asgd needs a constant rate, which stage {stage.name!r} has not",
            given=stage.schedule,
            accepted="constant",
            remedy="Set schedule to constant, or trainer.optimizer to adam",
        )


def freeze(groups: LayerGroups, train_from: int) -> int:
    """Let only the groups from `train_from` on take gradients; return its index from the front.

    Raises:
        SettingsError: There is no such group.
    """
    first = first_trained(groups, train_from)
    for index, group in enumerate(groups):
        for parameter in group:
            parameter.requires_grad_(index >= first)
            parameter.grad = None
    return first


def discriminative_rates(count: int, rate: float, factor: float) -> list[float]:
    """Return a rate for each group: the last one's is `rate`, each below is divided by `factor`."""
    return [rate / factor ** (count - 1 - index) for index in range(count)]


def stage_rates(stage: Stage, count: int) -> list[float]:
    """Return the highest rate of each of so many layer groups, frozen ones included."""
    rate, lowest, others = (
        stage.learning_rate,
        stage.lowest_learning_rate,
        stage.others_learning_rate,
    )
    if others is not None:
        return [others] * (count - 1) + [rate]
    if lowest is not None and count > 1:
        return discriminative_rates(count, rate, (rate / lowest) ** (1 / (count - 1)))
    return discriminative_rates(count, rate, stage.factor)


def build_optimizer(
    groups: LayerGroups,
    stage: Stage,
    weight_decay: float,
    *,
    optimizer: OptimizerName = "adam",
    squared_momentum: float = SQUARED_MOMENTUM,
    epsilon: float = EPSILON,
) -> Optimizer:
    """Return an optimizer over the groups a stage trains, each with its own highest rate.

    Adam's weight decay is decoupled from the gradient and spares biases and norms (parameters
    of one axis), as in fastai; that of NT-ASGD is part of the gradient and spares nothing, as
    in the AWD-LSTM paper. Each parameter group carries its highest rate as `peak`.

    Args:
        groups: The model's layer groups.
        stage: Which of them train, and at which rates.
        weight_decay: How fast weights decay.
        optimizer: Which one.
        squared_momentum: Adam's second decay rate.
        epsilon: Added to Adam's denominator.
    """
    adam = optimizer == "adam"
    first = freeze(groups, stage.train_from)
    rates = stage_rates(stage, len(groups))
    adams = {"betas": (MOMENTA[0], squared_momentum), "eps": epsilon} if adam else {}
    made: list[ParameterGroup] = []
    for group, rate in zip(groups[first:], rates[first:], strict=True):
        for decays in (True, False):
            members = [p for p in group if (p.ndim > 1 or not adam) is decays]
            if members:
                decay = weight_decay if decays else 0.0
                common = {"lr": rate, "peak": rate, "weight_decay": decay, **adams}
                made.append({"params": members, **common})
    return Adam(made) if adam else GradientDescent(made)


def set_rates(optimizer: Optimizer, fraction: float, momentum: float) -> None:
    """Move every group to a fraction of its highest rate, and to a momentum if it has one."""
    for group in optimizer.param_groups:
        group["lr"] = group["peak"] * fraction
        if "betas" in group:
            group["betas"] = (momentum, group["betas"][1])
