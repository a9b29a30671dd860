"""Which epoch's model stays."""

import math
from typing import Literal, NamedTuple, Optional

Keep = Literal["late", "best", "last"]


class Merit(NamedTuple):
    """How good an epoch's model is, as its objective sees it.

    Attributes:
        value: What the best model has most of.
        tie: What decides between equal values.
        error: How far the value may lie from the truth by chance, one standard error; 0 where
            that is not known, or too little to matter.
    """

    value: float
    tie: float = 0.0
    error: float = 0.0

    def better(self, best: Optional["Merit"]) -> bool:
        """Return whether this is more than the best so far."""
        return best is None or self[:2] > best[:2]

    def stays(self, best: Optional["Merit"], keep: Keep) -> bool:
        """Return whether this epoch's model takes the place of the one that was kept.

        Args:
            best: The best merit of the epochs before.
            keep: What is wanted: `best`, `last`, or `late`, the last that is within a standard
                error of the best. A schedule that ends at a low rate makes later epochs the
                better ones unless the documents say otherwise, and few documents say little.
        """
        if best is None or keep == "last" or self.better(best):
            return True
        return keep == "late" and self.value > best.value - best.error


def share_error(right: float, count: float) -> float:
    """Return the standard error of a share of so many right ones.

    One right and one wrong are added to them, as Laplace did: with none wrong among ten, the
    error is not nothing.
    """
    share = (right + 1) / (count + 2)
    return math.sqrt(share * (1 - share) / (count + 2))
