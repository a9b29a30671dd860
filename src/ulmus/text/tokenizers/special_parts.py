"""Special tokens in a text, and the words and spaces between them."""

import re
from collections.abc import Callable, Sequence

from ulmus.text.rules import SPACE_MARK
from ulmus.text.special_tokens import FILLER, SPECIAL_TOKENS

# A special token stands alone between white space, and the space behind it belongs to it.
ALONE = rf"(?<!\S)({'|'.join(SPECIAL_TOKENS)})(?!\S)"
SPECIAL = re.compile(ALONE)
SPECIAL_AND_SPACE = re.compile(f"{ALONE} ?")
SPECIALS = frozenset({*SPECIAL_TOKENS, FILLER})


def split_at_specials(text: str, *, keep_spaces: bool = False) -> list[str]:
    """Cut a text at its special tokens, so that no tokenizer can tear them.

    Args:
        text: A text after the rules.
        keep_spaces: Whether the space behind each special token stays, for tokenizers that make
            tokens of spaces; else it is dropped.

    Returns:
        Text, special token, text, special token, ..., text: an odd number of strings, in which
        the texts may be empty.
    """
    return (SPECIAL if keep_spaces else SPECIAL_AND_SPACE).split(text)


def end_of_word(tokens: Sequence[str], start: int, ends: Callable[[str], bool]) -> int:
    """Return the index behind the tokens, from `start` on, that make up one word.

    Args:
        tokens: Tokens that are parts of words.
        start: Index of the word's first token.
        ends: Whether a later token belongs to the word no more; special tokens never do.

    Returns:
        An index above `start`, at most the number of tokens.
    """
    end = start + 1
    while end < len(tokens) and tokens[end] not in SPECIALS and not ends(tokens[end]):
        end += 1
    return end


def is_white_space(token: str) -> bool:
    """Return whether a token is white space, be it marked as `▁` or not."""
    return not token.replace(SPACE_MARK, "").strip()
