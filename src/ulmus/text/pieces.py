"""A text cut at white space, such that nothing is lost.

Pieces are what stands between white space, and white space that is more than a single space. They
are few in comparison with their occurrences, so what is made of each can be remembered.
"""

import re
from collections.abc import Sequence
from itertools import pairwise

# White space that is no single space, behind the first character that is not a space.
WHITE_SPACE = re.compile(r"[^\S ]\s*")

# Stands for a space inside a piece that is white space. Half a character of UTF-16: no text has it.
HIDDEN_SPACE = "\ud800"


def cut_at_spaces(text: str) -> list[str]:
    r"""Return the pieces of a text, or all of it where spaces begin it or follow each other.

    Args:
        text: Text in valid Unicode.

    Returns:
        Pieces, none of them empty. Between two of them stood a space if neither is white space;
        a space in front of other white space, as in `a \nb`, and one at the end are left out.
    """
    if text[:1].isspace() or "  " in text:
        return [text]
    apart = WHITE_SPACE.sub(_apart, text)
    if apart is not text:
        apart = apart.replace("  ", " ")
    pieces = apart.split(" ")
    if not pieces[-1]:
        pieces.pop()
    return pieces


def joined(pieces: Sequence[str]) -> str:
    """Return consecutive pieces as the one piece that they are together."""
    text = pieces[0]
    for before, piece in pairwise(pieces):
        # What is white space begins with it; it may end with a hidden one.
        is_apart = not (before[0].isspace() or piece[0].isspace())
        text += f" {piece}" if is_apart else piece
    return text


def text_of(piece: str) -> str:
    """Return the text that a piece is."""
    return piece.replace(HIDDEN_SPACE, " ")


def _apart(match: re.Match[str]) -> str:
    return f" {match[0].replace(' ', HIDDEN_SPACE)} "
