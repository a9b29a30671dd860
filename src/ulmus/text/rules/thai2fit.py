"""The rules of thai2fit, the Thai language model whose weights PyThaiNLP offers.

They are made for `words:th` and other segmenters that keep spaces as tokens. A repetition is
counted behind its character, so that `มากกกกก` keeps its word, `มาก`, in front of `xxrep5`; a
repeated word is counted after the text is cut into words. Capitals are lost.

What is compared with PyThaiNLP's `ulmfit` module are tokens. That runs of newlines become a space
is no rule here, as it has no effect there: spaces have been put around each newline before.
"""

import html
import re
from itertools import chain

from ulmus.text.repetitions import repetition_count
from ulmus.text.rules.fastai import LEFT_OVERS, Rule, replace_left_overs, rm_useless_spaces
from ulmus.text.rules.rule_set import TokensRule
from ulmus.text.rules.single_emoji import MODIFIERS, SINGLE_EMOJI
from ulmus.text.rules.thai2fit_tidying import replace_hosts, tidy_brackets
from ulmus.text.special_tokens import BEGINNING, REPEAT, SPECIAL_TOKENS, WORD_REPEAT

REPEATED_CHARACTER = re.compile(r"(\S)\1{3,}+")
COUNTED_BEHIND = re.compile(rf"(?s)(.*){REPEAT}([0-9]*)")

TONES, FOLLOWING_VOWELS = "่้๊๋", "ะาำๅ"
VOWELS_ABOVE_OR_BELOW = "ัิีึืํ็ุู"
# What is typed in another order than Unicode's looks the same. A run of marks is taken whole and
# from its start, so that the time is linear in the text.
REORDERINGS = tuple(
    (re.compile(pattern), replacement)
    for pattern, replacement in (
        ("เเ", "แ"),
        (rf"(?<![{TONES}์])([{TONES}์]++)([{VOWELS_ABOVE_OR_BELOW}]++)", r"\2\1"),
        (rf"ํ([{TONES}]*)า", r"\1ำ"),
        (rf"(?<![{FOLLOWING_VOWELS}])([{FOLLOWING_VOWELS}]++)([{TONES}]++)", r"\2\1"),
        ("([^ฤฦ])ๅ", r"\1า"),
    )
)


def count_behind(text: str) -> str:
    """Return the text with a character that stands four or more times written `cxxrepN `."""
    return REPEATED_CHARACTER.sub(
        lambda match: f"{match[1]}{REPEAT}{match.end() - match.start()} ", text
    )


def unescape(text: str) -> str:
    """Return the text with HTML entities and tokenizer left-overs turned into characters."""
    text = replace_left_overs(text, LEFT_OVERS).replace(" @,@ ", ",").replace("\\", " \\ ")
    return rm_useless_spaces(html.unescape(text))


def reorder_vowels(text: str) -> str:
    """Return the text with Thai vowels and tone marks in the order in which they belong."""
    for pattern, replacement in REORDERINGS:
        text = pattern.sub(replacement, text)
    return text


def add_spaces(text: str) -> str:
    """Return the text with a space on either side of each `/`, `#` and newline."""
    return text.replace("/", " / ").replace("#", " # ").replace("\n", " \n ")


def begin(text: str) -> str:
    """Return `xxbos` and the text, as fastai 1 wrote it for thai2fit."""
    return f"{BEGINNING} {text.lstrip(' ')}"


def count_words(tokens: list[str]) -> list[str]:
    """Return the tokens with one that stands several times written `xxwrep N token`.

    N counts those behind the first: `xxwrep 1` stands before a word that is there twice.
    """
    counted: list[str] = []
    start = 0
    for end in range(1, len(tokens) + 1):
        if end < len(tokens) and tokens[end] == tokens[start]:
            continue
        if end - start > 1:
            counted += [WORD_REPEAT, str(end - start - 1)]
        counted.append(tokens[start])
        start = end
    return counted


def ungroup_emoji(tokens: list[str]) -> list[str]:
    """Return the tokens with those that are several emoji cut into one a token.

    Emoji of several characters, joined or with a colour of skin, stay whole.
    """
    return list(chain.from_iterable(_emoji(token) for token in tokens))


def undo_counts(tokens: list[str]) -> list[str]:
    """Return tokens, any at all, with repetitions in the place of their counts."""
    text: list[str] = []
    position = 0
    while position < len(tokens):
        token = tokens[position]
        if token == WORD_REPEAT and (count := _count(tokens, position + 1)) is not None:
            text += tokens[position + 2 : position + 3] * (count + 1)
            position += 3
        elif match := COUNTED_BEHIND.fullmatch(token):
            position += _repeat_last(text, match, tokens, position)
        else:
            text.append(token)
            position += 1
    return text


BEFORE: tuple[Rule, ...] = (
    count_behind,
    unescape,
    reorder_vowels,
    add_spaces,
    rm_useless_spaces,
    tidy_brackets,
    replace_hosts,
    begin,
)
AMONG: tuple[TokensRule, ...] = (count_words, ungroup_emoji)
AFTER: tuple[Rule, ...] = (str.lower,)


def _emoji(token: str) -> list[str]:
    if len(token) == 1 or not SINGLE_EMOJI.fullmatch(token) or MODIFIERS.search(token, 1):
        return [token]
    return list(token)


def _repeat_last(text: list[str], match: re.Match[str], tokens: list[str], position: int) -> int:
    """Repeat the last character as often as a count says; return how many tokens that took.

    A segmenter may leave the count with what stands before it, as in `!xxrep4` or `wowxxrep 4`.
    """
    counted, digits = match[1], match[2]
    taken = 1 if digits else 2
    count = repetition_count(digits) if digits else _count(tokens, position + 1)
    if counted:
        text.append(counted)
    if count is None:
        return 1
    last = text[-1] if text else ""
    if last and not last.isspace() and last not in SPECIAL_TOKENS:
        text[-1] += last[-1] * (count - 1)
    # The space behind a count may have been there, and mostly was; not at the end of a text.
    return taken + (tokens[position + taken :] == [" "])


def _count(tokens: list[str], position: int) -> int | None:
    return repetition_count(tokens[position]) if position < len(tokens) else None
