"""Which part of each batch one of several processes learns from."""

from typing import NamedTuple


class Part(NamedTuple):
    """One of the parts into which every batch is cut.

    Attributes:
        rank: Which one, 0 first.
        parts: How many there are.
    """

    rank: int = 0
    parts: int = 1


WHOLE = Part()
