"""A stage is data: which layer groups train, at which rates, for how long."""

from collections.abc import Sequence
from typing import Self

from pydantic import Field, model_validator

from ulmus.settings import Settings
from ulmus.training.schedules import ScheduleName

PAPER_FACTOR = 2.6
"""Ratio of the learning rates of neighbouring layer groups in the ULMFiT paper."""


class Stage(Settings):
    """One uninterrupted stretch of training with one optimizer and one schedule.

    Rates of the layer groups come from `learning_rate` and at most one of the three that say
    how the lower groups' compare; without any, all groups have the same. Frozen groups count,
    so a group's rate does not depend on what is frozen. In fastai's terms:

    - `slice(low, high)`: learning_rate = high, lowest_learning_rate = low
    - `slice(high)`: learning_rate = high, others_learning_rate = high / 10
    - `freeze_to(n)`: train_from = n; `freeze()` is -1, `unfreeze()` 0

    Args:
        name: Shown to the user.
        epochs: Passes over the training data.
        learning_rate: The highest rate of the last layer group.
        factor: Each group's rate is that of the group above divided by this; the ULMFiT paper
            takes 2.6.
        lowest_learning_rate: The first group's rate; those between rise geometrically.
        others_learning_rate: The rate of every group but the last.
        train_from: Index of the first layer group that trains; negative counts from the end.
        schedule: How rate and momentum move.
    """

    name: str
    epochs: int = Field(ge=1)
    learning_rate: float = Field(gt=0)
    factor: float = Field(1.0, ge=1)
    lowest_learning_rate: float | None = Field(None, gt=0)
    others_learning_rate: float | None = Field(None, gt=0)
    train_from: int = 0
    schedule: ScheduleName = "one-cycle"

    @model_validator(mode="after")
    def _rates_are_said_once(self) -> Self:
        said = {
            "factor": None if self.factor == 1 else self.factor,
            "lowest_learning_rate": self.lowest_learning_rate,
            "others_learning_rate": self.others_learning_rate,
        }
        given = [name for name, value in said.items() if value is not None]
        if len(given) > 1:
            raise ValueError(f"{' and '.join(given)} exclude each other; give one")
        if given and given != ["factor"] and (said[given[0]] or 0) > self.learning_rate:
            raise ValueError(f"{given[0]} is above learning_rate, which is the highest")
        return self


def check_stages_alone(settings: Settings, stages: Sequence[Stage], names: Sequence[str]) -> None:
    """Refuse settings that have no effect where stages are given one by one.

    Args:
        settings: Settings that hold the stages.
        stages: Those that are given; none leave the other settings in effect.
        names: Settings that would make up stages.

    Raises:
        ValueError: Some of them differ from their defaults; for a validator to pass on.
    """
    defaults = type(settings).model_fields
    said = [name for name in names if getattr(settings, name) != defaults[name].default]
    if stages and said:
        raise ValueError(
            f"{', '.join(said)} would have no effect beside stages; leave it out, or set it in "
            "the stages"
        )


def gradual_unfreezing(
    group_count: int,
    *,
    learning_rate: float,
    factor: float = PAPER_FACTOR,
    last_epochs: int = 2,
    schedule: ScheduleName = "one-cycle",
) -> list[Stage]:
    """Return the book's stages: the head alone, then one and two more groups, then all.

    Rates are the book's for IMDb, in proportion to `learning_rate`: 2, 1, 1/2 and 1/10 of it.

    Args:
        group_count: Layer groups of the model.
        learning_rate: Rate of the head in the second stage; the book takes 1e-2.
        factor: Ratio of rates between neighbouring groups.
        last_epochs: Epochs of the stage in which everything trains.
        schedule: How the rate moves within each stage.
    """
    steps = [
        ("head", 1, 2.0, -1),
        ("last two groups", 1, 1.0, -2),
        ("last three groups", 1, 0.5, -3),
        ("all groups", last_epochs, 0.1, 0),
    ]
    return [
        Stage(
            name=name,
            epochs=epochs,
            learning_rate=share * learning_rate,
            factor=factor,
            train_from=first,
            schedule=schedule,
        )
        for name, epochs, share, first in steps
        if first > -group_count
    ]
