"""Tokens as numbers, before there is a vocabulary that gives them ids."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import NamedTuple, Self

import numpy as np
from numpy.typing import NDArray


class NumberedTokens(NamedTuple):
    """The tokens of some texts as numbers.

    Attributes:
        tokens: The distinct tokens; a token's number is its index.
        ids: The numbers of the tokens of all texts, joined.
        lengths: The number of tokens of each text.
    """

    tokens: list[str]
    ids: NDArray[np.uint32]
    lengths: NDArray[np.int64]

    def begun_with(self, token: str) -> Self:
        """Return the same with that token in front of each text that does not begin with it."""
        number = self.tokens.index(token) if token in self.tokens else len(self.tokens)
        starts = np.cumsum(self.lengths) - self.lengths
        lacking = np.ones(self.lengths.size, bool)
        filled = self.lengths > 0
        lacking[filled] = self.ids[starts[filled]] != number
        if not lacking.any():
            return self
        return self._replace(
            tokens=self.tokens if number < len(self.tokens) else [*self.tokens, token],
            ids=np.insert(self.ids, starts[lacking], np.uint32(number)),
            lengths=self.lengths + lacking,
        )

    def in_first_seen_order(self) -> Self:
        """Return the same with tokens in the order of first occurrence, and none that is not there.

        So the numbers depend on the texts alone, and not on how they were tokenized.
        """
        first = np.full(len(self.tokens), self.ids.size)
        # Where an index is given several times the last one counts, which is the first occurrence.
        first[self.ids[::-1]] = np.arange(self.ids.size)[::-1]
        there = np.flatnonzero(first < self.ids.size)
        order = there[np.argsort(first[there])]
        renumbered = np.zeros(len(self.tokens), np.uint32)
        renumbered[order] = np.arange(order.size)
        return self._replace(
            tokens=[self.tokens[index] for index in order.tolist()], ids=renumbered[self.ids]
        )


def number_tokens(texts: Iterable[Sequence[str]]) -> NumberedTokens:
    """Number the tokens of texts in the order in which they are first seen.

    Args:
        texts: The tokens of each text.
    """
    table = numbering()
    # A text at a time, so that its tokens are still in the processor's cache.
    parts = [
        np.fromiter(map(table.__getitem__, tokens), np.uint32, len(tokens)) for tokens in texts
    ]
    return joined_numbers(list(table), parts)


def joined_numbers(tokens: list[str], parts: list[NDArray[np.uint32]]) -> NumberedTokens:
    """Return the numbers of texts, given text by text, together with the distinct tokens."""
    return NumberedTokens(
        tokens=tokens,
        ids=np.concatenate([np.zeros(0, np.uint32), *parts]),
        lengths=np.array([part.size for part in parts], np.int64),
    )


def numbering() -> defaultdict[str, int]:
    """Return a table that gives each new key the next number, 0 first.

    Looking tokens up with `map(table.__getitem__, tokens)` then runs without a Python
    instruction for each token.
    """
    table: defaultdict[str, int] = defaultdict()
    table.default_factory = table.__len__
    return table
