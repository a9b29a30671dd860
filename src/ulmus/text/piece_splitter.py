"""Texts to tokens by way of pieces, of which each distinct one is tokenized once."""

import sys
from collections.abc import Callable, Iterable, Sequence
from functools import cached_property
from itertools import accumulate, chain, islice, pairwise
from operator import itemgetter
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from ulmus.text.memo import Memo, Tokens
from ulmus.text.numbering import NumberedTokens, numbering
from ulmus.text.piece_numbers import number_pieces
from ulmus.text.pieces import cut_at_spaces, joined, text_of
from ulmus.text.rules import PieceRules, RuleSet

# White space that stands between pieces which are tokenized together, and how many are.
PARTED_BY = "\n"
TOGETHER = 4096

FIRST, LAST = itemgetter(0), itemgetter(-1)


@runtime_checkable
class PieceTokenizer(Protocol):
    """A tokenizer whose tokens depend on one piece, but for few pairs of neighbours, at a time."""

    def tokens_of_pieces(self, pieces: Iterable[str]) -> list[Sequence[str]]:
        """Return the tokens of each piece."""

    def cuts_pieces(self) -> bool:
        """Whether this is so; if not, each text is one piece."""

    def inseparable(self) -> frozenset[tuple[str, str]]:
        """Return the pairs of tokens between which no text may be cut."""


class PieceSplitter:
    """Rules and a tokenizer for texts that are cut into pieces; threads may share it.

    What it returns is what rules and tokenizer make of the whole text.

    Args:
        rules: A set that has rules for pieces.
        tokenizer: The tokenizer.
    """

    def __init__(self, rules: RuleSet, tokenizer: PieceTokenizer) -> None:
        assert rules.in_pieces is not None
        self._rules = rules
        self._in_pieces: PieceRules = rules.in_pieces
        self._tokenizer = tokenizer
        self._memo = Memo(self._tokenize)

    def tokens(self, text: str) -> list[str]:
        """Return the tokens of a text in valid Unicode."""
        pieces = self._cut(self._ruled(text))
        found = list(map(self._memo.__getitem__, pieces))
        if len(found) > 1:
            borders = zip(map(LAST, found), map(FIRST, islice(found, 1, None)), strict=False)
            if not self._inseparable.isdisjoint(borders):
                found = list(map(self._memo.__getitem__, self._rejoined(pieces, found)))
        return list(chain.from_iterable(found))

    def numbered(self, texts: Iterable[str]) -> NumberedTokens:
        """Return the tokens of texts in valid Unicode as numbers.

        No Python instruction runs for each token, nor for each piece but the first of its kind.
        """
        ruled = map(self._ruled, texts)
        distinct, numbers, sizes = number_pieces(ruled, self._cut)
        self._memo.make_room()
        self._remember(piece for piece in distinct if piece not in self._memo)
        found = list(map(self._memo.__getitem__, distinct))
        for start, end in self._stretches(numbers, found, np.cumsum(sizes)):
            together = joined([distinct[number] for number in numbers[start:end].tolist()])
            numbers[start:end] = len(found), *[len(found) + 1] * (end - start - 1)
            found += self._memo[together], ()
        return _gathered(found, numbers, sizes)

    @cached_property
    def _cut(self) -> Callable[[str], list[str]]:
        return cut_at_spaces if self._tokenizer.cuts_pieces() else lambda text: [text]

    @cached_property
    def _inseparable(self) -> frozenset[tuple[str, str]]:
        pairs = self._tokenizer.inseparable() if self._tokenizer.cuts_pieces() else frozenset()
        after = {token: self._rules.finish([token])[0] for token in set(chain(*pairs))}
        return frozenset((after[left], after[right]) for left, right in pairs)

    @cached_property
    def _inseparable_sides(self) -> tuple[frozenset[str], frozenset[str]]:
        pairs = self._inseparable
        return frozenset(map(FIRST, pairs)), frozenset(map(LAST, pairs))

    def _ruled(self, text: str) -> str:
        for rule in self._in_pieces.across:
            text = rule(text)
        return text

    def _tokenize(self, piece: str) -> Tokens:
        (tokens,) = self._tokenizer.tokens_of_pieces([self._prepared(text_of(piece))])
        return tuple(map(sys.intern, self._rules.finish(list(tokens))))

    def _prepared(self, text: str) -> str:
        for rule in self._in_pieces.within:
            text = rule(text)
        return text

    def _remember(self, pieces: Iterable[str]) -> None:
        """Tokenize pieces; rules see many at once, in half the time that each alone takes."""
        plain = (p for p in pieces if len(p) <= Memo.LONGEST and p.split() == [p])
        while together := list(islice(plain, TOGETHER)):
            prepared = self._prepared(PARTED_BY.join(together)).split(PARTED_BY)
            found = self._tokenizer.tokens_of_pieces(prepared)
            finished = list(map(sys.intern, self._rules.finish(list(chain.from_iterable(found)))))
            borders = pairwise(accumulate(map(len, found), initial=0))
            for piece, (start, end) in zip(together, borders, strict=True):
                self._memo[piece] = tuple(finished[start:end])

    def _rejoined(self, pieces: list[str], found: list[Tokens]) -> list[str]:
        """Return the pieces with those together between which there may be no border."""
        starts = [0]
        for index, (before, behind) in enumerate(pairwise(found), start=1):
            if (before[-1], behind[0]) not in self._inseparable:
                starts.append(index)
        return [joined(pieces[a:b]) for a, b in pairwise([*starts, len(pieces)])]

    def _stretches(
        self, numbers: NDArray[np.uint32], tokens: list[Tokens], ends: NDArray[np.int64]
    ) -> list[tuple[int, int]]:
        """Return start and end of each stretch of pieces between which there may be no border."""
        lefts, rights = self._inseparable_sides
        left = np.array([bool(found) and found[-1] in lefts for found in tokens], bool)
        right = np.array([bool(found) and found[0] in rights for found in tokens], bool)
        is_near = left[numbers[:-1]] & right[numbers[1:]]
        is_near[ends[(ends > 0) & (ends < numbers.size)] - 1] = False
        stretches: list[tuple[int, int]] = []
        for index in np.flatnonzero(is_near).tolist():
            border = tokens[numbers[index]][-1], tokens[numbers[index + 1]][0]
            if border in self._inseparable:
                start = index
                if stretches and stretches[-1][1] == index + 1:
                    start = stretches.pop()[0]
                stretches.append((start, index + 2))
        return stretches


def _gathered(
    tokens: Sequence[Tokens], numbers: NDArray[np.uint32], sizes: NDArray[np.int64]
) -> NumberedTokens:
    """Return the tokens of all texts from those of each piece.

    Args:
        tokens: The tokens of each distinct piece.
        numbers: Which piece stands at each place of all texts.
        sizes: The number of pieces of each text.
    """
    table = numbering()
    own = np.fromiter(map(table.__getitem__, chain.from_iterable(tokens)), np.uint32)
    counts = np.fromiter(map(len, tokens), np.int64, len(tokens))
    repeated = counts[numbers]
    ends = np.concatenate([np.zeros(1, np.int64), np.cumsum(repeated)])
    shifts = (np.cumsum(counts) - counts)[numbers] - ends[:-1]
    places = np.repeat(shifts, repeated) + np.arange(ends[-1])
    borders = ends[np.concatenate([np.zeros(1, np.int64), np.cumsum(sizes)])]
    return NumberedTokens(list(table), own[places], np.diff(borders))
