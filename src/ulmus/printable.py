"""Text that is safe to show: no character in it can command a terminal."""

import re
import unicodedata

COMMANDING = {"Cc", "Cf", "Cs", "Zl", "Zp"}
"""Unicode categories: control, format, half a surrogate pair, line and paragraph separators."""
JOINERS = "\u200c\u200d"
"""Format characters that scripts and emoji need, and that do nothing to a terminal."""
LAYOUT = ("\n", "\r\n", "\t")
CUT = re.compile("(\r\n|[\n\t])")


def printable(text: str) -> str:
    """Return text with characters that command, such as escape and newline, written out."""
    return text if text.isprintable() else "".join(map(_shown, text))


def printable_lines(text: str) -> str:
    """Return the same of a text whose line ends and tabs stay."""
    return "".join(part if part in LAYOUT else printable(part) for part in CUT.split(text))


def _shown(character: str) -> str:
    if character in JOINERS or unicodedata.category(character) not in COMMANDING:
        return character
    return character.encode("unicode_escape").decode("ascii")
