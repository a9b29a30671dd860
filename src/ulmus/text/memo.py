"""What was made of pieces of text, remembered."""

from collections.abc import Callable
from typing import TypeAlias

Tokens: TypeAlias = tuple[str, ...]


class Memo(dict[str, Tokens]):
    """Remembers the tokens of pieces, of a bounded number of them.

    Args:
        tokenize: Makes the tokens of a piece that is not remembered.

    Attributes:
        MOST: How many; 13 million words of novels have 330,000 different ones, at some 250 bytes.
        LONGEST: Letters of a piece that is worth it; longer ones are rarely met again.
    """

    MOST = 400_000
    LONGEST = 64

    def __init__(self, tokenize: Callable[[str], Tokens]) -> None:
        super().__init__()
        self._tokenize = tokenize

    def __missing__(self, piece: str) -> Tokens:
        tokens = self._tokenize(piece)
        if len(piece) <= self.LONGEST:
            self.make_room()
            self[piece] = tokens
        return tokens

    def make_room(self) -> None:
        """Forget all if there are too many."""
        if len(self) >= self.MOST:
            self.clear()
