"""Labels in any script, so that each character is drawn or spelled out."""

import unicodedata
from collections.abc import Iterator, Sequence
from itertools import accumulate
from pathlib import Path
from typing import NamedTuple

import matplotlib
from matplotlib.font_manager import FontEntry, FontProperties, findfont, fontManager
from matplotlib.ft2font import FT2Font

DEFAULT_FAMILY = "DejaVu Sans"
"""Comes with matplotlib: Latin, Greek, Cyrillic, Arabic, Hebrew and more, but no Thai or CJK."""

LONGEST_LABEL = 40


class DrawableLabels(NamedTuple):
    """Labels as they can be drawn, and the font families to draw them with, in this order."""

    texts: list[str]
    families: list[str]


def drawable_labels(labels: Sequence[str]) -> DrawableLabels:
    r"""Find fonts for labels.

    Characters that no installed font has are written as escapes (`\u0e01`), and so are those
    that cannot be seen; long labels are cut.

    Args:
        labels: Any strings.

    Returns:
        Strings that draw without a missing glyph.
    """
    cleaned = ["".join(map(_visible, label)).strip() for label in labels]
    missing = set("".join(cleaned)) - _covered(set("".join(cleaned)), findfont(DEFAULT_FAMILY))
    families = [DEFAULT_FAMILY]
    for font in _other_fonts():
        if not missing:
            break
        if covered := _covered(missing, font.fname):
            families.append(font.name)
            missing -= covered
    return DrawableLabels([_spelled(label, missing) for label in cleaned], families)


def _visible(character: str) -> str:
    """Return a character as it is, or what stands for one that has no shape of its own."""
    if character.isspace():
        return " "
    if unicodedata.category(character) == "Cf":  # joiners, direction marks
        return ""
    return character if character.isprintable() else _escape(character)


def _escape(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")


def _spelled(label: str, missing: set[str]) -> str:
    parts = [_escape(character) if character in missing else character for character in label]
    if sum(map(len, parts)) <= LONGEST_LABEL:
        return "".join(parts)
    lengths = accumulate(map(len, parts))
    return "".join(p for p, n in zip(parts, lengths, strict=True) if n < LONGEST_LABEL) + "…"


def _covered(characters: set[str], font_file: str) -> set[str]:
    if not characters:
        return set()
    font = FT2Font(font_file)
    return {character for character in characters if font.get_char_index(ord(character))}


def _other_fonts() -> Iterator[FontEntry]:
    """Yield the installed fonts for text, each the one that its family's name stands for."""
    # matplotlib's own others are for formulas, or draw a box for every character there is.
    own = Path(matplotlib.get_data_path())
    for font in sorted(fontManager.ttflist, key=lambda font: (font.name, font.fname)):
        upright = font.style == "normal" and font.weight in {400, "normal", "regular"}
        if not upright or own in Path(font.fname).parents:
            continue
        if findfont(FontProperties(family=[font.name])) == font.fname:
            yield font
