"""What can listen to the loop."""

from typing import Protocol

from ulmus.training.history import EpochRecord
from ulmus.training.objectives import Objective, Score
from ulmus.training.stage import Stage


class Callback(Protocol):
    """Listens to the training loop."""

    def stage_started(self, stage: Stage, objective: Objective, steps_per_epoch: int) -> None:
        """Hear that a stage starts."""
        ...

    def step_done(self, epoch: int, step: int, score: Score) -> None:
        """Hear of one step; `score` is that of its batch."""
        ...

    def epoch_done(self, record: EpochRecord, *, improved: bool) -> None:
        """Hear of one epoch, and whether its model is the best so far."""
        ...

    def run_ended(self) -> None:
        """Hear that the run is over, well or not."""
        ...
