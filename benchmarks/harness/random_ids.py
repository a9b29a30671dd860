"""Random ids as common as words are; the same in both environments, as NumPy draws them."""

import numpy as np
from numpy.typing import NDArray

FIRST_WORD = 9
"""Ids below stand for special tokens, here as in the peer."""
SHORTEST, LONGEST = 20, 1200
MEAN_LENGTH = 175
SPREAD_OF_LOGARITHMS = 0.8


def zipf_ids(count: int, vocabulary_size: int, seed: int = 0) -> NDArray[np.int64]:
    """Return ids of words of which the n-th is n times rarer than the first.

    Args:
        count: How many.
        vocabulary_size: The largest id is one less.
        seed: Of the draws.
    """
    draw = np.random.default_rng(seed).random(count)
    words = vocabulary_size - FIRST_WORD
    # The inverse of the integral of 1 / rank, instead of a search in a table of sums.
    ranks = np.exp(draw * np.log(words + 1)).astype(np.int64) - 1
    return FIRST_WORD + np.minimum(ranks, words - 1)


def document_lengths(count: int, seed: int = 0) -> NDArray[np.int64]:
    """Return lengths of 20 to 1,200 tokens, of about 175 in the mean, as of reviews.

    Args:
        count: How many.
        seed: Of the draws.
    """
    draws = np.random.default_rng((seed, 1)).normal(0, SPREAD_OF_LOGARITHMS, count)
    centre = np.log(MEAN_LENGTH) - SPREAD_OF_LOGARITHMS**2 / 2
    return np.clip(np.rint(np.exp(centre + draws)), SHORTEST, LONGEST).astype(np.int64)


def zipf_documents(count: int, vocabulary_size: int, seed: int = 0) -> list[NDArray[np.int64]]:
    """Return documents of such words and lengths.

    Args:
        count: How many.
        vocabulary_size: The largest id is one less.
        seed: Of the draws.
    """
    lengths = document_lengths(count, seed)
    ids = zipf_ids(int(lengths.sum()), vocabulary_size, seed)
    return np.split(ids, np.cumsum(lengths)[:-1])
