"""Pieces that were met, with the tokens that were made of each, as numbers."""

from collections.abc import Callable, Iterable, Sequence
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from ulmus.text.memo import Tokens
from ulmus.text.numbering import NumberedTokens, numbering
from ulmus.text.piece_table import Cut, NumberedPieces, piece_table

Ids = NDArray[np.uint32]
Counts = NDArray[np.int64]


class KnownPieces:
    """Turns texts into numbered tokens, remembering what each piece comes to.

    Pieces and tokens keep their numbers, so that what is not new is only looked up by number.

    Args:
        cut: Cuts a text into pieces.
        tokenize: Makes the tokens of each piece.
        inseparable: Pairs of tokens between which no text may be cut.

    Attributes:
        MOST: How many pieces are enough to begin anew, at some 100 bytes each.
        MOST_LETTERS: How many letters in all of them are.
    """

    MOST = 400_000
    MOST_LETTERS = 16_000_000

    def __init__(
        self,
        cut: Cut,
        tokenize: Callable[[list[str]], list[Tokens]],
        inseparable: Iterable[tuple[str, str]],
    ) -> None:
        self._table = piece_table(cut)
        self._tokenize = tokenize
        self._letters = 0
        self._numbers = numbering()  # of tokens
        self._pairs = {(self._numbers[left], self._numbers[right]) for left, right in inseparable}
        self._ids, self._counts = self._numbered(())  # tokens of all pieces, and how many of each
        # Whether a piece ends with the left token of some pair, or begins with the right one.
        self._may_be_left, self._may_be_right = np.zeros((2, 0), bool)

    @property
    def count(self) -> int:
        """How many pieces are known."""
        return self._counts.size

    @property
    def is_full(self) -> bool:
        """Whether there are so many that it is time to begin anew."""
        return self.count >= self.MOST or self._letters >= self.MOST_LETTERS

    def number(self, texts: Iterable[str]) -> NumberedPieces:
        """Return the pieces of texts, all of them known from now on, as numbers."""
        found = self._table.number(texts)
        pieces = self._table.pieces(self.count)
        self._letters += sum(map(len, pieces))
        ids, counts = self._numbered(self._tokenize(pieces))
        self._ids = np.concatenate([self._ids, ids])
        self._counts = np.concatenate([self._counts, counts])
        starts, behind = np.cumsum(counts) - counts, np.cumsum(counts)
        left, right = np.zeros((2, counts.size), bool)
        left[counts > 0] = np.isin(ids[behind[counts > 0] - 1], [pair[0] for pair in self._pairs])
        right[counts > 0] = np.isin(ids[starts[counts > 0]], [pair[1] for pair in self._pairs])
        self._may_be_left = np.concatenate([self._may_be_left, left])
        self._may_be_right = np.concatenate([self._may_be_right, right])
        return found

    def pieces(self, numbers: Iterable[int]) -> list[str]:
        """Return the pieces of these numbers."""
        return [self._table.pieces(number, number + 1)[0] for number in numbers]

    def stretches(self, numbers: Ids, sizes: Counts) -> list[tuple[int, int]]:
        """Return start and end of each stretch of pieces between which there may be no border.

        Args:
            numbers: The number of each piece of all texts, joined.
            sizes: The number of pieces of each text.
        """
        is_near = self._may_be_left[numbers[:-1]] & self._may_be_right[numbers[1:]]
        behind = np.cumsum(sizes)
        is_near[behind[(behind > 0) & (behind < numbers.size)] - 1] = False
        near = np.flatnonzero(is_near)
        behind = np.cumsum(self._counts)
        lasts = self._ids[behind[numbers[near]] - 1]
        firsts = self._ids[(behind - self._counts)[numbers[near + 1]]]
        found: list[tuple[int, int]] = []
        for index, *pair in zip(near.tolist(), lasts.tolist(), firsts.tolist(), strict=True):
            if tuple(pair) in self._pairs:
                start = found.pop()[0] if found and found[-1][1] == index + 1 else index
                found.append((start, index + 2))
        return found

    def tokens(self, numbers: Ids, sizes: Counts, others: Sequence[Tokens] = ()) -> NumberedTokens:
        """Return the tokens of texts from their pieces.

        Args:
            numbers: The number of each piece of all texts, joined.
            sizes: The number of pieces of each text.
            others: The tokens for further numbers, `count` being the first.
        """
        other_ids, other_counts = self._numbered(others)
        counts = np.concatenate([self._counts, other_counts])
        repeated = counts[numbers]
        ends = np.concatenate([np.zeros(1, np.int64), np.cumsum(repeated)])
        shifts = (np.cumsum(counts) - counts)[numbers] - ends[:-1]
        places = np.repeat(shifts, repeated) + np.arange(ends[-1])
        borders = ends[np.concatenate([np.zeros(1, np.int64), np.cumsum(sizes)])]
        ids = np.concatenate([self._ids, other_ids])[places]
        return NumberedTokens(list(self._numbers), ids, np.diff(borders))

    def _numbered(self, tokens: Sequence[Tokens]) -> tuple[Ids, Counts]:
        ids = np.fromiter(map(self._numbers.__getitem__, chain.from_iterable(tokens)), np.uint32)
        return ids, np.fromiter(map(len, tokens), np.int64, len(tokens))
