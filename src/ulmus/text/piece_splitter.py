"""Texts to tokens by way of pieces, of which each distinct one is tokenized once."""

import sys
from collections.abc import Callable, Iterable, Sequence
from functools import cached_property
from itertools import accumulate, chain, islice, pairwise
from operator import itemgetter
from threading import Lock
from typing import Protocol, runtime_checkable

import numpy as np

from ulmus.text.known_pieces import KnownPieces
from ulmus.text.memo import Memo, Tokens
from ulmus.text.numbering import NumberedTokens
from ulmus.text.pieces import cut_at_spaces, joined, text_of
from ulmus.text.rules import PieceRules, RuleSet

# White space that stands between pieces which are tokenized together, and how many are.
PARTED_BY = "\n"
TOGETHER = 4096

LONG_TEXT = 1 << 20
"""Letters from which on memory counts: as strings, its pieces would take 60 bytes each."""

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
        self._known: KnownPieces | None = None
        self._lock = Lock()

    def tokens(self, text: str) -> list[str]:
        """Return the tokens of a text in valid Unicode."""
        if len(text) > LONG_TEXT:
            numbered = self.numbered([text])
            distinct = np.array(numbered.tokens, dtype=object)
            return distinct[numbered.ids].tolist()  # type: ignore[no-any-return]  # strings
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
        with self._lock:
            if self._known is None or self._known.is_full:
                self._known = KnownPieces(self._cut, self._tokens_of_all, self._inseparable)
            known = self._known
            numbers, sizes = known.number(map(self._ruled, texts))
            together: list[Tokens] = []
            for start, end in known.stretches(numbers, sizes):
                number = known.count + len(together)
                text = joined(known.pieces(numbers[start:end].tolist()))
                numbers[start:end] = number, *[number + 1] * (end - start - 1)
                together += self._memo[text], ()
            return known.tokens(numbers, sizes, together)

    @cached_property
    def _cut(self) -> Callable[[str], list[str]]:
        return cut_at_spaces if self._tokenizer.cuts_pieces() else lambda text: [text]

    @cached_property
    def _inseparable(self) -> frozenset[tuple[str, str]]:
        pairs = self._tokenizer.inseparable() if self._tokenizer.cuts_pieces() else frozenset()
        after = {token: self._rules.finish([token])[0] for token in set(chain(*pairs))}
        return frozenset((after[left], after[right]) for left, right in pairs)

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

    def _tokens_of_all(self, pieces: list[str]) -> list[Tokens]:
        """Tokenize pieces; rules see many at once, in half the time that each alone takes."""
        tokens: list[Tokens] = [()] * len(pieces)
        plain: list[int] = []
        for index, piece in enumerate(pieces):
            if len(piece) <= Memo.LONGEST and piece.split() == [piece]:
                plain.append(index)
            else:
                tokens[index] = self._tokenize(piece)
        for start in range(0, len(plain), TOGETHER):
            indices = plain[start : start + TOGETHER]
            text = self._prepared(PARTED_BY.join(map(pieces.__getitem__, indices)))
            found = self._tokenizer.tokens_of_pieces(text.split(PARTED_BY))
            finished = self._rules.finish(list(chain.from_iterable(found)))
            borders = pairwise(accumulate(map(len, found), initial=0))
            for index, (begin, end) in zip(indices, borders, strict=True):
                tokens[index] = tuple(finished[begin:end])
        return tokens

    def _rejoined(self, pieces: list[str], found: list[Tokens]) -> list[str]:
        """Return the pieces with those together between which there may be no border."""
        starts = [0]
        for index, (before, behind) in enumerate(pairwise(found), start=1):
            if (before[-1], behind[0]) not in self._inseparable:
                starts.append(index)
        return [joined(pieces[a:b]) for a, b in pairwise([*starts, len(pieces)])]
