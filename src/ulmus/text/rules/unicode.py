"""The reference's rules with capitals of every script that has them.

A word is marked only if decoding gives it back letter by letter. That leaves out, for example,
`STRAẞE`, whose small letters `straße` would come back as `STRASSE`; such words lose their
capitals, as words of mixed ones do in the reference.
"""

import re
import unicodedata
from collections.abc import Callable
from functools import cache

from ulmus.text.casing import capitalised, lower_case, upper_case
from ulmus.text.rules.fastai import (
    Rule,
    fix_html,
    replace_rep,
    replace_wrep,
    rm_useless_spaces,
    spec_add_spaces,
)
from ulmus.text.special_tokens import BEGINNING, CAPITAL, UPPER

# All letters with two cases lie in the first two planes; a look at them takes 20 ms. Those of the
# second, such as Adlam's, come in below the emoji, and are looked for only in texts that have any:
# a class that reaches beyond the first plane makes a pattern ten times slower.
FIRST_PLANE, BOTH_PLANES = 0x10000, 0x20000
FAR_LETTERS = re.compile("[\U00010400-\U0001e943]")


def mark_all_capitals(text: str) -> str:
    """Return the text with words in capitals in small letters, after `xxup` if longer than one."""
    return _patterns(text)[0].sub(_marker(UPPER, upper_case), text)


def mark_capitalised(text: str) -> str:
    """Return the text with capitalised words in small letters, after `xxmaj` if longer than one."""
    return _patterns(text)[1].sub(_marker(CAPITAL, capitalised), text)


def begin_in_small_letters(text: str) -> str:
    """Return `xxbos` and the text in small letters without white space at its ends."""
    return f"{BEGINNING} {lower_case(text).strip()}"


BEFORE: tuple[Rule, ...] = (
    fix_html,
    replace_rep,
    replace_wrep,
    spec_add_spaces,
    rm_useless_spaces,
    mark_all_capitals,
    mark_capitalised,
    begin_in_small_letters,
)
WITHIN: tuple[Rule, ...] = (mark_all_capitals, mark_capitalised, lower_case)


def _patterns(text: str) -> tuple[re.Pattern[str], re.Pattern[str]]:
    """Return what words in capitals, and capitalised words, look like in a text."""
    return _patterns_of(BOTH_PLANES if FAR_LETTERS.search(text) else FIRST_PLANE)


@cache
def _patterns_of(code_points: int) -> tuple[re.Pattern[str], re.Pattern[str]]:
    """Return the patterns for all letters below a code point.

    Both begin with the capital and look back from there, as in the reference's rules, so that
    the engine skips to the next capital and the time is linear in the text.
    """
    letters = [c for c in map(chr, range(code_points)) if c.isalpha() or c.isupper()]
    capitals = "".join(c for c in letters if lower_case(c) != c)
    small = "".join(c for c in letters if c.islower())
    first = rf"[{capitals}](?<!\S[{capitals}])"
    return (
        re.compile(rf"{first}[^{small}\s]*(?!\S)"),
        re.compile(rf"{first}[^{capitals}\s]*(?!\S)"),
    )


def _marker(token: str, undo: Callable[[str], str]) -> Callable[[re.Match[str]], str]:
    def mark(match: re.Match[str]) -> str:
        word = match[0]
        small = lower_case(word)
        if not _has_more_than_one(word):
            return small
        return f"{token} {small}" if undo(small) == word else word

    return mark


def _has_more_than_one(word: str) -> bool:
    """Return whether there is more than one letter or sign, marks upon them not counted."""
    if word.isascii():
        return len(word) > 1
    return any(not unicodedata.combining(character) for character in word[1:])
