"""How far along each step of a stage is, and which share of the learning rate it takes."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ulmus.training.schedules import MOMENTA, SCHEDULES, Momenta, Point
from ulmus.training.stage import Stage


class Pace:
    """A stage's schedule over steps whose number may differ from epoch to epoch.

    Args:
        stage: The stage.
        shares: For each epoch of the stage the share of the rate that each step takes.
        momenta: Momentum at the beginning, the peak and the end of a one-cycle.
    """

    def __init__(
        self,
        stage: Stage,
        shares: Sequence[NDArray[np.float64]],
        momenta: Momenta = MOMENTA,
    ) -> None:
        self._schedule = SCHEDULES[stage.schedule]
        self._shares = shares
        self._momenta = momenta
        self.steps = [len(epoch) for epoch in shares]
        """How many steps each epoch has."""

    def point(self, epoch: int, step: int) -> Point:
        """Return fraction of the rate and momentum of a step.

        Args:
            epoch: The epoch of the stage, 0 first.
            step: The step of the epoch, 0 first.
        """
        done = sum(self.steps[:epoch]) + step
        rate, momentum = self._schedule(done / sum(self.steps), self._momenta)
        return Point(rate * float(self._shares[epoch][step]), momentum)
