"""Arithmetic over rounds: medians with their spread, ratios, and shares of the machine's rate."""

import statistics
from collections.abc import Callable, Sequence
from typing import NamedTuple


class Spread(NamedTuple):
    """A median, and the least and greatest value beside it."""

    median: float
    low: float
    high: float

    def scaled(self, change: Callable[[float], float]) -> "Spread":
        """Return the spread of changed values, where greater ones stay greater or all turn."""
        low, high = sorted([change(self.low), change(self.high)])
        return Spread(change(self.median), low, high)


def spread(values: Sequence[float]) -> Spread:
    """Return the median, the least and the greatest of values."""
    return Spread(statistics.median(values), min(values), max(values))


def ratios(theirs: Sequence[float], ours: Sequence[float]) -> Spread:
    """Return how many times as long theirs took, round by round."""
    return spread([slow / fast for slow, fast in zip(theirs, ours, strict=True)])


def shares(
    seconds: Sequence[float], work: float, product_seconds: Sequence[float], product_work: float
) -> Spread:
    """Return at which share of the matrix product's rate some work was done, round by round.

    Args:
        seconds: How long the work took in each round.
        work: Floating-point operations of it.
        product_seconds: How long the products took in the same rounds.
        product_work: Floating-point operations of those.
    """
    return spread(
        [
            (work / mine) / (product_work / product)
            for mine, product in zip(seconds, product_seconds, strict=True)
        ]
    )
