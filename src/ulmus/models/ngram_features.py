"""What a linear model sees of a document: runs of words and of letters, weighted by TF-IDF.

Runs of letters see what words hide: endings, parts of compounds, slips of the pen, and words where
none are told apart.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import diags, hstack
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.preprocessing import normalize

from ulmus.errors import CorpusError
from ulmus.text.special_tokens import SPECIAL_TOKENS

LEAST_DOCUMENTS, LEAST_WITH_LETTERS = 2, 3
"""How many documents must hold a run of words, or of letters, so that it counts."""

SPACES = re.compile(r"\s\s+")
"""They are one space between letters."""

Documents = Iterable[Sequence[str]]
"""The words of each, see `without_special_tokens`; read once."""


@dataclass(frozen=True)
class RunFeatures:
    """Runs of neighbours, each with the weight of its rarity.

    Args:
        names: The features; the words of a run are joined by spaces.
        rarity: Their inverse document frequencies.
        longest: The most neighbours that make one feature.
        letters: Whether they are letters, and else words. Between two words there is a space.

    Shapes:
        rarity: (F,).
    """

    names: tuple[str, ...]
    rarity: NDArray[np.float64]
    longest: int
    letters: bool = False

    def of(self, documents: Documents) -> Any:
        """Return documents as a sparse matrix of a row each, (N, F)."""
        places = dict(zip(self.names, range(len(self.names)), strict=True))
        counter = _counter(self.longest, letters=self.letters, vocabulary=places)
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
class NgramFeatures:
    """Runs of words, and beside them runs of letters, if any.

    Args:
        blocks: The kinds, words first.
    """

    blocks: tuple[RunFeatures, ...]

    def of(self, documents: Documents) -> Any:
        """Return documents as a sparse matrix of a row each, (N, F), block beside block."""
        read = documents if len(self.blocks) == 1 else list(documents)
        return hstack([block.of(read) for block in self.blocks], "csr")


@dataclass(frozen=True)
class RunCounts:
    """How often documents hold each run of neighbours.

    Args:
        names: All runs.
        counts: A sparse matrix.
        longest: The most neighbours that make a run.
        letters: Whether they are letters, and else words.

    Shapes:
        counts: (N, A).
    """

    names: NDArray[np.object_]
    counts: Any
    longest: int
    letters: bool = False

    @classmethod
    def of(cls, documents: Documents, longest: int, *, letters: bool = False) -> Self:
        """Count.

        Args:
            documents: The words of each.
            longest: The most neighbours that make a run.
            letters: Whether they are letters, and else words.

        Raises:
            CorpusError: The documents hold no words.
        """
        counter = _counter(longest, letters=letters)
        try:
            counts = counter.fit_transform(documents)
        except ValueError as error:  # that is how it says that no document holds anything
            raise _no_words() from error
        return cls(counter.get_feature_names_out(), counts, longest, letters)

    def features(self, rows: slice) -> RunFeatures:
        """Return the runs that enough of some documents hold.

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
        least = LEAST_WITH_LETTERS if self.letters else LEAST_DOCUMENTS
        frequencies = np.bincount(counts.indices, minlength=counts.shape[1])
        kept = np.flatnonzero(frequencies >= min(least, frequencies.max()))
        rarity = np.log((1 + counts.shape[0]) / (1 + frequencies[kept])) + 1
        return RunFeatures(tuple(self.names[kept]), rarity, self.longest, self.letters)

    def seen(self, features: RunFeatures, rows: slice) -> Any:
        """Return some documents as features that were chosen of these counts, (N, F)."""
        columns = np.searchsorted(self.names, np.array(features.names, object))
        return features.weighted(self.counts[rows][:, columns])


@dataclass(frozen=True)
class NgramCounts:
    """How often documents hold runs of words and of letters, counted once for many models.

    Args:
        blocks: The counts of each kind, words first.
    """

    blocks: tuple[RunCounts, ...]

    @classmethod
    def of(cls, documents: Documents, longest: int, longest_letters: int = 0) -> Self:
        """Count.

        Args:
            documents: The words of each; those of all are kept where letters count.
            longest: The most neighbouring words that make a run.
            longest_letters: The most neighbouring letters; 0: letters do not count.

        Raises:
            CorpusError: The documents hold no words.
        """
        if not longest_letters:
            return cls((RunCounts.of(documents, longest),))
        read = list(documents)
        letters = RunCounts.of(read, longest_letters, letters=True)
        return cls((RunCounts.of(read, longest), letters))

    def features(self, rows: slice) -> NgramFeatures:
        """Return the features of some documents; see `RunCounts.features`."""
        return NgramFeatures(tuple(block.features(rows) for block in self.blocks))

    def seen(self, features: NgramFeatures, rows: slice) -> Any:
        """Return some documents as features that were chosen of these counts, (N, F)."""
        pairs = zip(self.blocks, features.blocks, strict=True)
        return hstack([counts.seen(block, rows) for counts, block in pairs], "csr")


def without_special_tokens(tokens: Iterable[str]) -> list[str]:
    """Return the tokens that are words: all but the nine special ones."""
    return [token for token in tokens if token not in SPECIAL_TOKENS]


def _no_words() -> CorpusError:
    return CorpusError(
        "the training documents of the linear baseline hold no words",
        accepted="one word or more",
        remedy="Give more text",
    )


def _counter(
    longest: int, *, letters: bool, vocabulary: dict[str, int] | None = None
) -> CountVectorizer:
    runs = partial(_letter_runs if letters else _word_runs, longest=longest)
    return CountVectorizer(analyzer=runs, vocabulary=vocabulary)


# One run after the other, where scikit-learn's own analyzers make a list of them: for a long
# document that takes 60 bytes a letter, four times over.
def _word_runs(words: Sequence[str], longest: int) -> Iterator[str]:
    yield from words
    for size in range(2, longest + 1):
        yield from map(" ".join, zip(*(words[start:] for start in range(size)), strict=False))


def _letter_runs(words: Sequence[str], longest: int) -> Iterator[str]:
    text = SPACES.sub(" ", " ".join(words))
    for size in range(1, longest + 1):
        for start in range(len(text) - size + 1):
            yield text[start : start + size]
