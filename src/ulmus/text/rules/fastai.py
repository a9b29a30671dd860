"""The rules of the reference, fastai 2.8.12, whose capitals are ASCII letters."""

import html
import re
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ulmus.text.special_tokens import BEGINNING, CAPITAL, REPEAT, UNKNOWN, UPPER, WORD_REPEAT

Rule = Callable[[str], str]
LeftOvers = tuple[tuple[str, tuple[tuple[str, str], ...]], ...]

# What a space inside a token becomes, so that tokens can be joined by spaces and cut again.
SPACE_MARK = "▁"

# Left-overs of broken HTML and of tokenized corpora, in groups that a text without the first
# string can skip (which halved the time of this rule).
LEFT_OVERS: LeftOvers = (
    (
        ";",
        (
            ("#39;", "'"),
            ("amp;", "&"),
            ("#146;", "'"),
            ("nbsp;", " "),
            ("#36;", "$"),
            ("quot;", "'"),
        ),
    ),
    ("\\", (("\\n", "\n"), ('\\"', '"'))),
    ("<", (("<br />", "\n"), ("<unk>", UNKNOWN))),
    ("@", ((" @.@ ", "."), (" @-@ ", "-"))),
)
ELLIPSIS: LeftOvers = (("...", (("...", " …"),)),)

# Each pattern is linear in the text. The two that look for capitals begin with the letter and
# look back from there, because the engine then skips to the next capital at once; it skips to the
# next white space where a pattern begins with that. What repeats is possessive: to be able to go
# back, the engine took 80 bytes for each of fifty million letters.
REPEATED_CHARACTER = re.compile(r"(\S)\1\1++")
WORDS = r"(\w++)(?:\s++\1(?=\W|$)){2,}+(\W|$)"
REPEATED_FIRST_WORD = re.compile(WORDS)
REPEATED_WORD = re.compile(rf"\s{WORDS}")
# Three words that begin alike: few texts have them, and it takes half the time to see that.
ALIKE_AT_FIRST = re.compile(r"\s(\w{1,4}+)\w*+\s++\1\w*+\s++\1")

SHORT = 300
"""Characters of a text for which making an array takes longer than to look by a pattern."""

ALL_CAPITALS = re.compile(r"[A-Z](?<!\S[A-Z])[^a-z\s]*(?!\S)")
CAPITALISED = re.compile(r"[A-Z](?<!\S[A-Z])[^A-Z\s]*(?!\S)")


def fix_html(text: str) -> str:
    """Return the text with HTML entities and tokenizer left-overs turned into characters."""
    return html.unescape(replace_left_overs(text, LEFT_OVERS + ELLIPSIS))


def replace_left_overs(text: str, groups: LeftOvers) -> str:
    """Return the text with each left-over, group by group, turned into what it stands for."""
    for needed, left_overs in groups:
        if needed in text:
            for left_over, character in left_overs:
                text = text.replace(left_over, character)
    return text


def replace_rep(text: str) -> str:
    """Return the text with a character that stands three or more times written ` xxrep N c `."""
    if len(text) < SHORT:
        return REPEATED_CHARACTER.sub(_counted_character, text)
    parts: list[str] = []
    end = 0
    for place in _repetitions(text):
        match = REPEATED_CHARACTER.match(text, place) if place >= end else None
        if match:
            parts += text[end:place], _counted_character(match)
            end = match.end()
    return "".join((*parts, text[end:])) if parts else text


def replace_wrep(text: str) -> str:
    """Return the text with a word that stands three or more times written ` xxwrep N word `."""
    first = REPEATED_FIRST_WORD.match(text)
    if first:
        return _counted_word(first) + REPEATED_WORD.sub(_counted_word, text[first.end() :])
    return REPEATED_WORD.sub(_counted_word, text) if ALIKE_AT_FIRST.search(text) else text


def spec_add_spaces(text: str) -> str:
    r"""Return the text with a space on either side of each `/`, `#` and `\`."""
    return text.replace("/", " / ").replace("#", " # ").replace("\\", " \\ ")


def rm_useless_spaces(text: str) -> str:
    """Return the text with runs of spaces, but not of other white space, made one space."""
    while "  " in text:  # each time runs are half as long; a pattern takes twice as long in all
        text = text.replace("  ", " ")
    return text


def replace_all_caps(text: str) -> str:
    """Return the text with words in capitals lower-cased, after `xxup` if longer than one."""
    return ALL_CAPITALS.sub(_marker(UPPER), text)


def replace_maj(text: str) -> str:
    """Return the text with capitalised words lower-cased, after `xxmaj` if longer than one."""
    return CAPITALISED.sub(_marker(CAPITAL), text)


def lowercase(text: str) -> str:
    """Return `xxbos` and the text in lower case without white space at its ends."""
    return begin(text.lower())


def begin(text: str) -> str:
    """Return `xxbos` and the text without white space at its ends."""
    return f"{BEGINNING} {text.strip()}"


def replace_space(token: str) -> str:
    """Return the token with its spaces, if any, made visible as `▁`."""
    return token.replace(" ", SPACE_MARK)


def _repetitions(text: str) -> list[int]:
    """Return where a character begins to stand thrice: found ten times as fast as by a pattern."""
    if text.isascii():
        codes: NDArray[Any] = np.frombuffer(text.encode("ascii"), np.uint8)
    else:
        codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)
    same = codes[1:] == codes[:-1]
    thrice = same[1:] & same[:-1]
    thrice[1:] &= ~same[:-2]  # not within a run, which may be of millions
    found: list[int] = np.flatnonzero(thrice).tolist()
    return found


def _counted_character(match: re.Match[str]) -> str:
    return f" {REPEAT} {match.end() - match.start()} {match[1]} "


def _counted_word(match: re.Match[str]) -> str:
    # The second group is what ended the match: one character that belongs to no word, or nothing.
    return f" {WORD_REPEAT} {match[0].count(match[1])} {match[1]} {match[2]}"


def _marker(token: str) -> Callable[[re.Match[str]], str]:
    def mark(match: re.Match[str]) -> str:
        word = match[0].lower()
        return f"{token} {word}" if len(match[0]) > 1 else word

    return mark


BEFORE: tuple[Rule, ...] = (
    fix_html,
    replace_rep,
    replace_wrep,
    spec_add_spaces,
    rm_useless_spaces,
    replace_all_caps,
    replace_maj,
    lowercase,
)
# The same for texts that are cut at white space: the rules for capitals look at nothing beyond it.
ACROSS: tuple[Rule, ...] = (
    fix_html,
    replace_rep,
    replace_wrep,
    spec_add_spaces,
    rm_useless_spaces,
    begin,
)
WITHIN: tuple[Rule, ...] = (replace_all_caps, replace_maj, str.lower)
AFTER: tuple[Rule, ...] = (replace_space,)
