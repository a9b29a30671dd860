"""Tokens back to a text: what the special tokens say is done, and they are gone."""

from collections.abc import Sequence

from ulmus.text.casing import capitalised, upper_case
from ulmus.text.repetitions import repetition_count
from ulmus.text.rules import SPACE_MARK
from ulmus.text.special_tokens import (
    BEGINNING,
    CAPITAL,
    END,
    FIELD,
    FILLER,
    PADDING,
    REPEAT,
    UNKNOWN,
    UPPER,
    WORD_REPEAT,
)
from ulmus.text.tokenizers import Tokenizer
from ulmus.text.tokenizers.special_parts import SPECIALS

DROPPED = frozenset({BEGINNING, PADDING, END, FILLER})
CASES = frozenset({CAPITAL, UPPER})
REPETITIONS = frozenset({REPEAT, WORD_REPEAT})
SPACES = frozenset({" ", SPACE_MARK})


def apply_specials(tokens: Sequence[str], tokenizer: Tokenizer) -> list[str]:
    """Do what the special tokens say, and drop them.

    `xxmaj` makes the next word's first letter a capital and `xxup` all its letters, `xxrep 3 a`
    becomes `aaa`, `xxwrep 3 go` becomes `go go go`, a column's `xxfld 1` goes, and so do the
    begin, the end and the padding. `xxunk` stays. A special token that makes no sense where it
    stands, as can happen in generated text, has no effect.

    Args:
        tokens: Any tokens.
        tokenizer: What made them; it knows how many of them make a word.

    Returns:
        The tokens without special ones other than `xxunk`.
    """
    tokens = list(tokens)
    applied: list[str] = []
    case = ""
    position = 0
    while position < len(tokens):
        token = tokens[position]
        if token in CASES or token in DROPPED:
            case = token if token in CASES else ""
            position = _behind_own_space(tokens, position + 1, tokenizer)
        elif token == FIELD:
            position = _behind_field_number(tokens, position + 1, tokenizer)
        elif token == UNKNOWN or tokenizer.is_space(token):
            applied.append(token)
            case = "" if token == UNKNOWN else case
            position += 1
        else:
            word, position = _next_word(tokens, position, tokenizer)
            applied.extend(_in_case(word, case))
            case = ""
    return applied


def _next_word(tokens: list[str], start: int, tokenizer: Tokenizer) -> tuple[list[str], int]:
    """Return the word at `start`, repeated if a repetition stands there, and what follows it."""
    if tokens[start] in REPETITIONS:
        return _repeated(tokens, start, tokenizer)
    end = tokenizer.word_end(tokens, start)
    return tokens[start:end], end


def _repeated(tokens: list[str], start: int, tokenizer: Tokenizer) -> tuple[list[str], int]:
    number_start = _behind_spaces(tokens, start + 1, tokenizer)
    number_end = _word_end(tokens, number_start, tokenizer)
    count = _number(tokens[number_start:number_end])
    if count is None:
        return [], start + 1
    item_start = _behind_spaces(tokens, number_end, tokenizer)
    item_end = _word_end(tokens, item_start, tokenizer)
    word, spaces = tokens[item_start:item_end], tokens[number_end:item_start]
    if not word or count == 0:
        return [], item_end
    if tokens[start] == REPEAT:
        text = "".join(word)
        character = text.lstrip(SPACE_MARK)
        return [text[: len(text) - len(character)] + character * count], item_end
    return ((word + spaces) * count)[: count * len(word + spaces) - len(spaces)], item_end


def _behind_field_number(tokens: list[str], start: int, tokenizer: Tokenizer) -> int:
    number_start = _behind_spaces(tokens, start, tokenizer)
    number_end = _word_end(tokens, number_start, tokenizer)
    if _number(tokens[number_start:number_end]) is None:
        return start
    return _behind_spaces(tokens, number_end, tokenizer)


def _behind_own_space(tokens: list[str], start: int, tokenizer: Tokenizer) -> int:
    """Return the index behind the space that belongs to the special token before `start`."""
    is_own = tokenizer.keeps_spaces_behind_specials and tokens[start : start + 1]
    return start + 1 if is_own and tokens[start] in SPACES else start


def _behind_spaces(tokens: list[str], start: int, tokenizer: Tokenizer) -> int:
    while start < len(tokens) and tokenizer.is_space(tokens[start]):
        start += 1
    return start


def _word_end(tokens: list[str], start: int, tokenizer: Tokenizer) -> int:
    """Return the end of the word at `start`; `start` itself if no word stands there."""
    if start >= len(tokens) or tokens[start] in SPECIALS:
        return start
    return tokenizer.word_end(tokens, start)


def _number(word: list[str]) -> int | None:
    return repetition_count("".join(word).replace(SPACE_MARK, ""))


def _in_case(word: list[str], case: str) -> list[str]:
    if case == UPPER:
        return [upper_case(token) for token in word]
    if case == CAPITAL:
        for index, token in enumerate(word):
            letters = token.lstrip(SPACE_MARK)
            if letters:
                mark = token[: len(token) - len(letters)]
                return [*word[:index], mark + capitalised(letters), *word[index + 1 :]]
    return word
