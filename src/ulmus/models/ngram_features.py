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

    @classmethod
    def learned(cls, documents: Documents, longest: int) -> tuple[Self, Any]:
        """Return the features that two documents or more hold, and those documents in them.

        All are kept where that leaves none. The weights are scikit-learn's: logarithmic counts,
        smoothed inverse document frequencies, rows of length one.

        Args:
            documents: Those to learn from.
            longest: The most neighbouring words that make one feature.

        Returns:
            The features, and a sparse matrix of a row a document, (N, F).

        Raises:
            CorpusError: The documents hold no words.
        """
        counter = _counter(longest)
        try:
            counts = counter.fit_transform(documents)
        except ValueError as error:  # that is how it says that no document holds anything
            raise CorpusError(
                "the training documents of the linear baseline hold no words",
                accepted="one word or more",
                remedy="Give more text",
            ) from error
        frequencies = np.bincount(counts.indices, minlength=counts.shape[1])
        kept = np.flatnonzero(frequencies >= min(LEAST_DOCUMENTS, frequencies.max()))
        rarity = np.log((1 + counts.shape[0]) / (1 + frequencies[kept])) + 1
        features = cls(tuple(counter.get_feature_names_out()[kept]), rarity, longest)
        return features, features._weighted(counts[:, kept])

    def of(self, documents: Documents) -> Any:
        """Return documents as a sparse matrix of a row each, (N, F)."""
        counter = _counter(self.longest, dict(zip(self.names, range(len(self.names)), strict=True)))
        return self._weighted(counter.transform(documents))

    def _weighted(self, counts: Any) -> Any:
        weights = counts.astype(np.float64)
        weights.data = 1 + np.log(weights.data)
        weights = weights @ diags(self.rarity)
        return normalize(weights) if weights.shape[0] else weights  # it refuses none


def without_special_tokens(tokens: Iterable[str]) -> list[str]:
    """Return the tokens that are words: all but the nine special ones."""
    return [token for token in tokens if token not in SPECIAL_TOKENS]


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
