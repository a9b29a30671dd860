"""What can listen to the loop."""

from collections.abc import Sequence
from typing import Protocol

from ulmus.training.history import EpochRecord
from ulmus.training.objectives import Objective, Score
from ulmus.training.stage import Stage


class Callback(Protocol):
    """Listens to the training loop."""

    def stage_started(self, stage: Stage, objective: Objective, steps: Sequence[int]) -> None:
        """Hear that a stage starts, and how many steps each of its epochs has."""
        ...

    def epoch_started(self, epoch: int, steps: int) -> None:
        """Hear that an epoch of so many steps starts, or goes on after an interruption."""
        ...

    def step_done(self, epoch: int, step: int, score: Score) -> None:
        """Hear of one step; `score` is that of its batch."""
        ...

    def epoch_done(self, record: EpochRecord, *, kept: bool) -> None:
        """Hear of one epoch, and whether its model is the one to keep, so far."""
        ...

    def run_ended(self) -> None:
        """Hear that the run is over, well or not."""
        ...
