"""What a linear model sees of a document: its words and runs of words, weighted by TF-IDF."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import diags
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.preprocessing import normalize

from ulmus.errors import CorpusError
from ulmus.text.special_tokens import SPECIAL_TOKENS

LEAST_DOCUMENTS = 2

Documents = Iterable[Sequence[str]]
"""The words of each, see `without_special_tokens`; read once."""


@dataclass(frozen=True)
class NgramFeatures:
    """Words and runs of words, each with the weight of its rarity.

    Args:
        names: The features; the words of a run are joined by spaces.
        rarity: Their inverse document frequencies.
        longest: The most neighbouring words that make one feature.

    Shapes:
        rarity: (F,).
    """

    names: tuple[str, ...]
    rarity: NDArray[np.float64]
    longest: int

    def of(self, documents: Documents) -> Any:
        """Return documents as a sparse matrix of a row each, (N, F)."""
        counter = _counter(self.longest, dict(zip(self.names, range(len(self.names)), strict=True)))
        return self.weighted(counter.transform(documents))

    def weighted(self, counts: Any) -> Any:
        """Return counts of these features, (N, F), with scikit-learn's weights.

        These are logarithmic counts times inverse document frequencies, in rows of length one.
        """
        weights = counts.astype(np.float64)
        weights.data = 1 + np.log(weights.data)
        weights = weights @ diags(self.rarity)
        return normalize(weights) if weights.shape[0] else weights  # it refuses none


@dataclass(frozen=True)
class NgramCounts:
    """How often documents hold each word and each run of words, counted once for many models.

    Args:
        names: All words and runs.
        counts: A sparse matrix.
        longest: The most neighbouring words that make a run.

    Shapes:
        counts: (N, A).
    """

    names: NDArray[np.object_]
    counts: Any
    longest: int

    @classmethod
    def of(cls, documents: Documents, longest: int) -> Self:
        """Count.

        Args:
            documents: The words of each.
            longest: The most neighbouring words that make a run.

        Raises:
            CorpusError: The documents hold no words.
        """
        counter = _counter(longest)
        try:
            counts = counter.fit_transform(documents)
        except ValueError as error:  # that is how it says that no document holds anything
            raise _no_words() from error
        return cls(counter.get_feature_names_out(), counts, longest)

    def features(self, rows: slice) -> NgramFeatures:
        """Return the features that two of some documents or more hold.

        All are kept where that leaves none. Inverse document frequencies are smoothed, as
        scikit-learn does.

        Args:
            rows: Which documents.

        Raises:
            CorpusError: These documents hold no words.
        """
        counts = self.counts[rows]
        if not counts.nnz:
            raise _no_words()
        frequencies = np.bincount(counts.indices, minlength=counts.shape[1])
        kept = np.flatnonzero(frequencies >= min(LEAST_DOCUMENTS, frequencies.max()))
        rarity = np.log((1 + counts.shape[0]) / (1 + frequencies[kept])) + 1
        return NgramFeatures(tuple(self.names[kept]), rarity, self.longest)

    def seen(self, features: NgramFeatures, rows: slice) -> Any:
        """Return some documents as features that were chosen of these counts, (N, F)."""
        columns = np.searchsorted(self.names, np.array(features.names, object))
        return features.weighted(self.counts[rows][:, columns])


def without_special_tokens(tokens: Iterable[str]) -> list[str]:
    """Return the tokens that are words: all but the nine special ones."""
    return [token for token in tokens if token not in SPECIAL_TOKENS]


def _no_words() -> CorpusError:
    return CorpusError(
        "the training documents of the linear baseline hold no words",
        accepted="one word or more",
        remedy="Give more text",
    )


def _counter(longest: int, vocabulary: dict[str, int] | None = None) -> CountVectorizer:
    return CountVectorizer(
        tokenizer=list,
        preprocessor=_unchanged,
        token_pattern=None,
        lowercase=False,
        ngram_range=(1, longest),
        vocabulary=vocabulary,
    )


def _unchanged(tokens: Sequence[str]) -> Sequence[str]:
    return tokens
