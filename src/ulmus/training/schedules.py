"""How learning rate and momentum move through a stage."""

import math
from collections.abc import Callable
from typing import Literal, NamedTuple

ScheduleName = Literal["one-cycle", "slanted-triangular", "constant"]

WARM_UP = 0.25
START_DIVISION = 25.0
END_DIVISION = 1e5

CUT, RATIO = 0.1, 32

Momenta = tuple[float, float, float]
"""Adam's first decay rate at the beginning, the peak and the end of a one-cycle."""
MOMENTA: Momenta = (0.8, 0.7, 0.8)


class Point(NamedTuple):
    """Where a schedule stands.

    Args:
        rate: Fraction of the stage's learning rate.
        momentum: Adam's first decay rate.
    """

    rate: float
    momentum: float


def one_cycle(progress: float, momenta: Momenta = MOMENTA) -> Point:
    """Rise by a cosine from 1/25 over a quarter of the way, then fall to 1e-5.

    Momentum mirrors it. Paper: Smith, "A disciplined approach to neural network
    hyper-parameters" (2018); the constants and momenta are fastai's for text.

    Args:
        progress: Share of the stage's steps that are done, in [0, 1].
        momenta: Those at the beginning, the peak and the end.
    """
    first, lowest, last = momenta
    if progress < WARM_UP:
        share = progress / WARM_UP
        return Point(_cosine(1 / START_DIVISION, 1, share), _cosine(first, lowest, share))
    share = (progress - WARM_UP) / (1 - WARM_UP)
    return Point(_cosine(1, 1 / END_DIVISION, share), _cosine(lowest, last, share))


def slanted_triangular(progress: float, momenta: Momenta = MOMENTA) -> Point:
    """Rise in a line over a tenth of the way, then fall in a line to 1/32.

    Paper: Howard, Ruder (2018), equation 3, with its cut_frac 0.1 and ratio 32.

    Args:
        progress: Share of the stage's steps that are done, in [0, 1].
        momenta: The middle one holds throughout; the paper has 0.7.
    """
    height = progress / CUT if progress < CUT else 1 - (progress - CUT) / (1 - CUT)
    return Point((1 + height * (RATIO - 1)) / RATIO, momenta[1])


def constant(
    progress: float,  # noqa: ARG001 - a schedule takes its progress
    momenta: Momenta = MOMENTA,
) -> Point:
    """Stay at the full rate.

    Args:
        progress: Makes no difference.
        momenta: The middle one holds throughout.
    """
    return Point(1.0, momenta[1])


SCHEDULES: dict[ScheduleName, Callable[[float, Momenta], Point]] = {
    "one-cycle": one_cycle,
    "slanted-triangular": slanted_triangular,
    "constant": constant,
}


def _cosine(start: float, end: float, share: float) -> float:
    return start + (end - start) * (1 - math.cos(math.pi * share)) / 2
