"""A stage is data: which layer groups train, at which rates, for how long."""

from pydantic import Field

from ulmus.settings import Settings
from ulmus.training.schedules import ScheduleName

PAPER_FACTOR = 2.6
"""Ratio of the learning rates of neighbouring layer groups in the ULMFiT paper."""


class Stage(Settings):
    """One uninterrupted stretch of training with one optimizer and one schedule.

    Args:
        name: Shown to the user.
        epochs: Passes over the training data.
        learning_rate: The highest rate of the last layer group.
        factor: Each group's rate is that of the group above divided by this.
        train_from: Index of the first layer group that trains; negative counts from the end.
        schedule: How rate and momentum move.
    """

    name: str
    epochs: int = Field(ge=1)
    learning_rate: float = Field(gt=0)
    factor: float = Field(1.0, ge=1)
    train_from: int = 0
    schedule: ScheduleName = "one-cycle"


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
