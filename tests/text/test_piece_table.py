"""Pieces are numbered by compiled code as they are by Python."""

import sys

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ulmus.text import piece_table
from ulmus.text.piece_table import CompiledPieceTable, PieceTableInPython
from ulmus.text.pieces import cut_at_spaces

SPACES = [chr(code) for code in range(sys.maxunicode + 1) if chr(code).isspace()]
NEAR = ["\u0084", "\u0086", "\u009f", "\u00a1", "\u1681", "\u167f", "\u180e", "\u1fff", "\u200b"]
NEAR += ["\u2027", "\u202a", "\u2030", "\u205e", "\u2060", "\u2fff", "\u3001", "\x1b", "\x08"]
WORDS = ["a", "word", "word,", "\x00", "é", "มานะ", "中", "😀", "\U0010ffff", "İ", *NEAR]
PARTS = st.sampled_from([" ", " ", "  ", "\n", *WORDS, *WORDS]) | st.sampled_from(SPACES)
TEXTS = st.lists(PARTS, max_size=20).map("".join) | st.text(
    st.characters(exclude_categories=["Cs"]), max_size=20
)


@pytest.fixture(scope="module", autouse=True)
def compiled() -> None:
    if piece_table.pieces_library() is None:
        pytest.skip("pieces.c was not compiled when the package was installed")


def tables() -> tuple[CompiledPieceTable, PieceTableInPython]:
    return CompiledPieceTable(piece_table.pieces_library()), PieceTableInPython(cut_at_spaces)


@settings(max_examples=500)
@given(texts=st.lists(TEXTS, max_size=6))
@example(texts=[])
@example(texts=["", " ", "a", "a ", "a  b", "\na", "a \n b", "a\n \nb ", "b\u2003\u3000 c"])
@example(texts=[f"a{space}b" for space in SPACES])
@example(texts=[f"a{space} {space}b" for space in SPACES])
@example(texts=[f"{space}b" for space in SPACES] + NEAR)
def test_numbers_and_pieces_are_those_of_python(texts: list[str]) -> None:
    compiled, expected = tables()
    for some in (texts, texts[::-1], [*texts, "new", "a new"]):
        found, by_python = compiled.number(some), expected.number(some)
        assert found.numbers.tolist() == by_python.numbers.tolist()
        assert found.sizes.tolist() == by_python.sizes.tolist()
        assert (found.numbers.dtype, found.sizes.dtype) == (np.uint32, np.int64)
        assert compiled.pieces() == expected.pieces()
        for start, end in ((1, None), (0, 3), (0, 0)):
            assert compiled.pieces(start, end) == expected.pieces(start, end)


def test_many_and_long_pieces() -> None:
    texts = [" ".join(f"w{number % 70_000}" for number in range(200_000)), "x" * 300_000 + " y"]
    texts.append("\n" + " \n" * 50_000 + "z")
    compiled, expected = tables()
    assert np.array_equal(compiled.number(texts).numbers, expected.number(texts).numbers)
    assert len(compiled.pieces()) == 70_003
    assert compiled.pieces() == expected.pieces()


def test_a_table_is_chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    assert isinstance(piece_table.piece_table(), CompiledPieceTable)
    assert isinstance(piece_table.piece_table(lambda text: [text]), PieceTableInPython)
    monkeypatch.setattr(piece_table, "pieces_library", lambda: None)
    assert isinstance(piece_table.piece_table(), PieceTableInPython)


def test_without_memory_it_says_so() -> None:
    class Exhausted:
        def ulmus_pieces_new(self) -> None:
            return None

    with pytest.raises(MemoryError, match="no memory for the pieces of a text"):
        CompiledPieceTable(Exhausted())
