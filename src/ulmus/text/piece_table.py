"""The pieces of texts as numbers, by compiled code where there is any."""

import ctypes
import weakref
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from ulmus.compiled import compiled_library
from ulmus.text.numbering import numbering
from ulmus.text.pieces import cut_at_spaces

SOURCE = Path(__file__).with_name("pieces.c")
VERSION = 1

Cut = Callable[[str], list[str]]


class NumberedPieces(NamedTuple):
    """Pieces of texts as numbers.

    Attributes:
        numbers: The number of each piece of all texts, joined.
        sizes: The number of pieces of each text.
    """

    numbers: NDArray[np.uint32]
    sizes: NDArray[np.int64]


class PieceTable(Protocol):
    """Gives each piece of a text a number, 0 first, that stays the same."""

    def number(self, texts: Iterable[str]) -> NumberedPieces:
        """Cut texts in valid Unicode into pieces and number these."""

    def pieces(self, start: int = 0, end: int | None = None) -> list[str]:
        """Return the pieces of these numbers."""


def piece_table(cut: Cut = cut_at_spaces) -> PieceTable:
    """Return a table that is still empty.

    Args:
        cut: Cuts a text; `cut_at_spaces` can be done by compiled code, such that no Python
            instruction runs for each piece, but for distinct ones.
    """
    library = pieces_library() if cut is cut_at_spaces else None
    return PieceTableInPython(cut) if library is None else CompiledPieceTable(library)


class PieceTableInPython:
    """Numbers pieces by a dictionary.

    Args:
        cut: Cuts a text.
    """

    def __init__(self, cut: Cut) -> None:
        self._cut = cut
        self._table = numbering()
        self._pieces: list[str] = []

    def number(self, texts: Iterable[str]) -> NumberedPieces:
        """Cut texts in valid Unicode into pieces and number these."""
        # A text at a time, so that its pieces are still in the processor's cache.
        return _joined([
            np.fromiter(map(self._table.__getitem__, pieces), np.uint32, len(pieces))
            for pieces in map(self._cut, texts)
        ])  # fmt: skip

    def pieces(self, start: int = 0, end: int | None = None) -> list[str]:
        """Return the pieces of these numbers."""
        if len(self._pieces) < len(self._table):
            self._pieces = list(self._table)
        return self._pieces[start:end]


class CompiledPieceTable:
    """Numbers pieces, which `cut_at_spaces` would cut, by compiled code.

    Args:
        library: The compiled library.

    Raises:
        MemoryError: There is no memory for a table, or later for a text's pieces.
    """

    def __init__(self, library: Any) -> None:
        self._library = library
        self._table = _there(library.ulmus_pieces_new())
        weakref.finalize(self, library.ulmus_pieces_free, self._table)
        self._room = np.empty(1 << 16, np.int64)

    def number(self, texts: Iterable[str]) -> NumberedPieces:
        """Cut texts in valid Unicode into pieces and number these."""
        parts: list[NDArray[np.uint32]] = []
        for text in texts:
            data = text.encode()
            if len(data) > self._room.size:
                self._room = np.empty(2 * len(data), np.int64)
            cut = self._library.ulmus_pieces_cut
            count = cut(self._table, data, len(data), self._room.ctypes.data)
            _there(count >= 0)
            parts.append(self._room[:count].astype(np.uint32))
        return _joined(parts)

    def pieces(self, start: int = 0, end: int | None = None) -> list[str]:
        """Return the pieces of these numbers."""
        count = self._library.ulmus_pieces_count(self._table)
        ends = (ctypes.c_int64 * count).from_address(self._library.ulmus_pieces_ends(self._table))
        borders = [*ends[start - 1 : start], *ends[start:end]] if start else [0, *ends[:end]]
        if len(borders) < 2:
            return []
        first, size = borders[0], borders[-1] - borders[0]
        joined = ctypes.string_at(self._library.ulmus_pieces_bytes(self._table) + first, size)
        # Hidden spaces are half characters.
        return [
            joined[a - first : b - first].decode("utf-8", "surrogatepass")
            for a, b in pairwise(borders)
        ]


@cache
def pieces_library() -> Any:
    """Return the compiled library, or None if there is none."""
    library = compiled_library(SOURCE, VERSION)
    if library is None:
        return None
    pointer, integer = ctypes.c_void_p, ctypes.c_int64
    for name, result, *arguments in (
        ("new", pointer),
        ("free", None, pointer),
        ("cut", integer, pointer, ctypes.c_char_p, integer, pointer),
        ("count", integer, pointer),
        ("bytes", pointer, pointer),
        ("ends", pointer, pointer),
    ):
        function = getattr(library, f"ulmus_pieces_{name}")
        function.restype, function.argtypes = result, arguments
    return library


def _joined(parts: Sequence[NDArray[np.uint32]]) -> NumberedPieces:
    sizes = np.array([part.size for part in parts], np.int64)
    return NumberedPieces(np.concatenate([np.zeros(0, np.uint32), *parts]), sizes)


def _there(given: Any) -> Any:
    if not given:
        raise MemoryError("no memory for the pieces of a text")
    return given
