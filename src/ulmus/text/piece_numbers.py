"""The pieces of texts as numbers, by compiled code where there is any."""

import ctypes
from collections.abc import Callable, Iterable
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ulmus.compiled import compiled_library
from ulmus.text.numbering import NumberedTokens, joined_numbers, number_tokens
from ulmus.text.pieces import cut_at_spaces

SOURCE = Path(__file__).with_name("pieces.c")
VERSION = 1

Cut = Callable[[str], list[str]]


def number_pieces(texts: Iterable[str], cut: Cut = cut_at_spaces) -> NumberedTokens:
    """Cut texts in valid Unicode into pieces and number these, as if they were tokens.

    No Python instruction runs for each piece, but for distinct ones.

    Args:
        texts: The texts.
        cut: Cuts one; `cut_at_spaces` can be done by compiled code.
    """
    library = pieces_library() if cut is cut_at_spaces else None
    return number_tokens(map(cut, texts)) if library is None else _compiled(texts, library)


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


def _compiled(texts: Iterable[str], library: Any) -> NumberedTokens:
    table = _there(library.ulmus_pieces_new())
    try:
        parts: list[NDArray[np.uint32]] = []
        room = np.empty(1 << 16, np.int64)
        for text in texts:
            data = text.encode()
            if len(data) > room.size:
                room = np.empty(2 * len(data), np.int64)
            count = library.ulmus_pieces_cut(table, data, len(data), room.ctypes.data)
            _there(count >= 0)
            parts.append(room[:count].astype(np.uint32))
        return joined_numbers(_pieces(library, table), parts)
    finally:
        library.ulmus_pieces_free(table)


def _pieces(library: Any, table: int) -> list[str]:
    count = library.ulmus_pieces_count(table)
    ends = (ctypes.c_int64 * count).from_address(library.ulmus_pieces_ends(table))
    joined = ctypes.string_at(library.ulmus_pieces_bytes(table), ends[-1] if count else 0)
    # Hidden spaces are half characters.
    return [joined[a:b].decode("utf-8", "surrogatepass") for a, b in pairwise([0, *ends])]


def _there(given: Any) -> Any:
    if not given:
        raise MemoryError("no memory for the pieces of a text")
    return given
