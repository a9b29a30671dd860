"""Random ids as common as words are; the same in both environments, as NumPy draws them."""

import numpy as np
from numpy.typing import NDArray

FIRST_WORD = 9
"""Ids below stand for special tokens, here as in the peer."""
SHORTEST, LONGEST = 20, 1200
MEAN_LENGTH = 175
SPREAD_OF_LOGARITHMS = 0.8


def zipf_ids(count: int, vocabulary_size: int, seed: int = 0) -> NDArray[np.int64]:
    """Return ids of words of which the n-th is about n times rarer than the first.

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


def labelled_documents(
    count: int, vocabulary_size: int, seed: int = 0
) -> tuple[list[NDArray[np.int64]], list[int]]:
    """Return documents of two classes, some of them clear and some not, as reviews are.

    Of a document's words a third speaks of its class: even ids for one, odd ids for the other,
    mixed by a share of its own. Mostly that share is near 0 or 1; the label says on which side.

    Args:
        count: How many.
        vocabulary_size: The largest id is one less; even.
        seed: Of the draws.
    """
    documents = zipf_documents(count, vocabulary_size, seed)
    draw = np.random.default_rng((seed, 2))
    shares = draw.beta(0.5, 0.5, count)
    for ids, share in zip(documents, shares, strict=True):
        speaks = draw.random(ids.size) < 1 / 3
        side = draw.random(ids.size) < share
        ids[speaks] = np.maximum(FIRST_WORD + 1, ids[speaks]) // 2 * 2 + side[speaks]
    return documents, (shares > 0.5).astype(int).tolist()
