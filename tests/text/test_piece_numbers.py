"""Pieces are numbered by compiled code as they are by Python."""

import sys

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ulmus.text import piece_numbers
from ulmus.text.numbering import NumberedTokens, number_tokens
from ulmus.text.piece_numbers import number_pieces
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
    if piece_numbers.pieces_library() is None:
        pytest.skip("pieces.c was not compiled when the package was installed")


def in_python(texts: list[str]) -> NumberedTokens:
    return number_tokens(map(cut_at_spaces, texts))


@settings(max_examples=500)
@given(texts=st.lists(TEXTS, max_size=6))
@example(texts=[])
@example(texts=["", " ", "a", "a ", "a  b", "\na", "a \n b", "a\n \nb ", "b\u2003\u3000 c"])
@example(texts=[f"a{space}b" for space in SPACES])
@example(texts=[f"a{space} {space}b" for space in SPACES])
@example(texts=[f"{space}b" for space in SPACES] + NEAR)
def test_numbers_and_pieces_are_those_of_python(texts: list[str]) -> None:
    found, expected = number_pieces(texts), in_python(texts)
    assert found.tokens == expected.tokens
    assert found.ids.tolist() == expected.ids.tolist()
    assert found.lengths.tolist() == expected.lengths.tolist()
    assert (found.ids.dtype, found.lengths.dtype) == (np.uint32, np.int64)


def test_many_and_long_pieces() -> None:
    texts = [" ".join(f"w{number % 70_000}" for number in range(200_000)), "x" * 300_000 + " y"]
    texts.append("\n" + " \n" * 50_000 + "z")
    found, expected = number_pieces(texts), in_python(texts)
    assert len(found.tokens) == 70_003
    assert found.tokens == expected.tokens
    assert np.array_equal(found.ids, expected.ids)


def test_without_memory_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    class Exhausted:
        def ulmus_pieces_new(self) -> None:
            return None

    monkeypatch.setattr(piece_numbers, "pieces_library", Exhausted)
    with pytest.raises(MemoryError, match="no memory for the pieces of a text"):
        number_pieces(["a"])
