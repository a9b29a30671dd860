import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ulmus.text.pieces import cut_at_spaces, joined, text_of

SPACES = [" ", "\n", "\t", "\r", "\u00a0", "\x1c", "\u3000"]
TEXTS = st.lists(st.sampled_from([*SPACES, "a", "b\u0301", "好", "▁"]), max_size=12).map("".join)


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("", []),
        ("a", ["a"]),
        ("a b. c", ["a", "b.", "c"]),
        ("a\nb", ["a", "\n", "b"]),
        ("a \nb", ["a", "\n", "b"]),
        ("a\n\n\tb ", ["a", "\n\n\t", "b"]),
        ("a \u00a0", ["a", "\u00a0"]),
        ("a  b", ["a  b"]),
        (" a", [" a"]),
        ("\n", ["\n"]),
    ],
)
def test_pieces_of_a_text(text, pieces):
    assert cut_at_spaces(text) == pieces


def test_a_space_inside_white_space_is_hidden_until_the_text_is_wanted():
    first, space, last = cut_at_spaces("a\n \n b")
    assert (first, last) == ("a", "b")
    assert " " not in space
    assert text_of(space) == "\n \n "
    assert text_of(joined([first, space, last])) == "a\n \n b"


@given(TEXTS)
@example("a\n a")
@example("a\n ")
def test_joined_pieces_are_the_text_but_for_spaces_in_front_of_other_white_space(text):
    pieces = cut_at_spaces(text)
    assert all(pieces)
    together = text_of(joined(pieces)) if pieces else ""
    if pieces != [text]:
        text = re.sub(r"(?<=\S) (?=\s|$)", "", text)
    assert together == text
