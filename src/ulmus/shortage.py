"""Memory that is not there: how it shows, and what is read at once until it suffices."""

import re
import warnings
from collections.abc import Callable
from typing import TypeVar

from ulmus.errors import ShortageError, UlmusWarning

T = TypeVar("T")

MORE_MEMORY = "Take a smaller model or batch_size, or a machine with more memory"

SIGNS = re.compile(
    "can't allocate memory|not enough memory|bad_alloc|could not create a primitive$"
    "|out of memory|ALLOC_FAILED"
)
"""What torch says on Unix, on Windows, of C++, of oneDNN, of CUDA and of its libraries."""


def is_shortage(error: BaseException) -> bool:
    """Tell whether an exception means that memory ran out, on the CPU or on a GPU."""
    if isinstance(error, MemoryError):
        return True
    return isinstance(error, RuntimeError) and SIGNS.search(str(error)) is not None


def until_it_fits(attempt: Callable[[], T], make_smaller: Callable[[], None]) -> T:
    """Return what an attempt makes; each time memory runs out, make it smaller and try again."""
    while True:
        try:
            return attempt()
        except Exception as error:
            if not is_shortage(error):
                raise
        make_smaller()  # here, where nothing holds on to what the attempt had made any more


class TokenBudget:
    """How many tokens are read at once; half as many each time that memory does not suffice.

    Args:
        tokens: To begin with; None: as many as there are.
    """

    def __init__(self, tokens: int | None = None) -> None:
        self.tokens = tokens

    def rows(self, length: int) -> int | None:
        """Return how many rows of a length are read at once, at least one; None: all."""
        return None if self.tokens is None else max(1, self.tokens // length)

    def halve(self, tried: int, least: int, what: str) -> None:
        """Take half of what was too much, and say so.

        Args:
            tried: Tokens that were read at once.
            least: Tokens of the smallest piece that can be read by itself.
            what: What is such a piece, for the error.

        Raises:
            ShortageError: They were no more than that.
        """
        if tried <= least:
            raise ShortageError(
                f"there is not enough memory for {what} of {least:,} tokens",
                remedy=MORE_MEMORY,
            )
        self.tokens = max(least, tried // 2)
        text = f"not enough memory for {tried:,} tokens at once; going on with {self.tokens:,}"
        warnings.warn(UlmusWarning(text), stacklevel=2)
