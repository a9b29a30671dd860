"""Where the batches of a stream end: after a fixed number of columns, or a varied one.

Paper: Merity, Keskar, Socher, "Regularizing and Optimizing LSTM Language Models" (2017),
section 4.1. With one length only, the same tokens would stand at the end of a batch, where
gradients reach back least, epoch after epoch.
"""

import numpy as np
from numpy.typing import NDArray

LONG_SHARE = 0.95
"""Share of steps drawn around the full sequence length; the others are around half of it."""
SPREAD = 5.0
SHORTEST = 5
DRAWN_AT_ONCE = 1024
LENGTH_STREAM = 1
"""Keeps these draws apart from those that shuffle the documents of the same epoch."""


def fixed_ends(row_length: int, sequence_length: int) -> NDArray[np.int64]:
    """Return the column behind each batch when all have one length, but for the last."""
    steps = -(-row_length // sequence_length)
    return np.minimum(np.arange(1, steps + 1) * sequence_length, row_length)


def varied_ends(
    row_length: int, sequence_length: int, *, seed: int, epoch: int
) -> NDArray[np.int64]:
    """Return the column behind each batch when lengths are drawn anew in each epoch.

    A length is normal with deviation 5 around the sequence length (with probability 0.95) or
    around half of it, rounded, and 5 at least; the last one is cut where the row ends. The
    published code cuts fractions off instead of rounding them, half a token less on average.

    Args:
        row_length: Columns to cover.
        sequence_length: The full length.
        seed: The draws depend on it and on the epoch, on nothing else.
        epoch: The number of the epoch.
    """
    generator = np.random.default_rng((seed, epoch, LENGTH_STREAM))
    blocks: list[NDArray[np.int64]] = []
    covered = 0
    while covered < row_length:
        centre = np.full(DRAWN_AT_ONCE, float(sequence_length))
        centre[generator.random(DRAWN_AT_ONCE) >= LONG_SHARE] /= 2
        drawn = np.rint(generator.normal(centre, SPREAD)).astype(np.int64)
        blocks.append(covered + np.cumsum(np.maximum(SHORTEST, drawn)))
        covered = int(blocks[-1][-1])
    ends = np.concatenate(blocks)
    whole = ends[: int(np.searchsorted(ends, row_length))]
    return np.append(whole, row_length)
