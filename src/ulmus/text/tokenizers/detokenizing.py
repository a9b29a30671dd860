"""Words back to a text that reads well."""

import re
from collections.abc import Sequence

from ulmus.text.tokenizers.special_parts import is_white_space

OPENING = frozenset("([{“‘«‹„‚¿¡$£€#@")
CLOSING = re.compile(r"[.,;:!?%)\]}”’»›…।،؛؟。，、！？：；）」』】]+$")
# English n't and 's go to the word before; French and Italian l' to the one behind, but not
# English goin' and ol'.
CLITIC_BEHIND = re.compile(r"(?:n['’]t|['’](?:s|m|d|re|ve|ll))$")
CLITIC_BEFORE = re.compile(r"\w+(?<!in)(?<!ol)['’]$")
QUOTES = frozenset("\"'")
# In German and other languages what opens elsewhere closes a quotation.
CLOSED_BY = {"„": "“", "‚": "‘"}
OPENED_BY = {closing: opening for opening, closing in CLOSED_BY.items()}
SLASHES = frozenset("/\\")


def join_words(tokens: Sequence[str]) -> str:
    """Return words of a script that writes spaces, with spaces where a writer would put them.

    Args:
        tokens: Words, punctuation marks and white space.

    Returns:
        The text: no space in front of closing marks and clitics, none behind opening marks,
        quotation marks taken in pairs, and hyphens and slashes between words left tight.
    """
    text: list[str] = []
    open_quotes: set[str] = set()
    tight = True
    previous = ""
    for index, token in enumerate(tokens):
        following = tokens[index + 1] if index + 1 < len(tokens) else ""
        quote_closes = token in open_quotes
        inner = token in SLASHES or (token == "-" and _is_word(previous) and _is_word(following))
        if not (tight or quote_closes or inner or _leans_back(token)):
            text.append(" ")
        text.append(token)
        opens = _leans_forward(token) or token in QUOTES
        tight = inner or (opens and not quote_closes)
        _open_or_close(open_quotes, token)
        previous = token
    return "".join(text)


def join_unspaced(tokens: Sequence[str]) -> str:
    """Return words of a script without spaces; only two Latin words are kept apart.

    Args:
        tokens: Words, punctuation marks and white space.

    Returns:
        The text.
    """
    text: list[str] = []
    for token in tokens:
        if text and _is_latin(text[-1][-1:]) and _is_latin(token[:1]):
            text.append(" ")
        text.append(token)
    return "".join(text)


def joining_context(tokens: Sequence[str]) -> list[str]:
    """Return few tokens behind which others are joined as they are behind all of these.

    Whatever joins them, `join_words` or what looks at the last token only.

    Args:
        tokens: Tokens whose last one does not end in white space.

    Returns:
        What opens the quotations that are open before the last two tokens, and these two.
    """
    open_quotes: set[str] = set()
    for token in tokens[:-2]:
        _open_or_close(open_quotes, token)
    return [*(OPENED_BY.get(quote, quote) for quote in sorted(open_quotes)), *tokens[-2:]]


def _open_or_close(open_quotes: set[str], token: str) -> None:
    """Note that a token, if it is a quotation mark, opens a quotation or closes one."""
    if token in CLOSED_BY:
        open_quotes.add(CLOSED_BY[token])
    elif token in QUOTES or token in open_quotes:
        open_quotes ^= {token}


def _is_word(token: str) -> bool:
    return token[:1].isalnum() and token[-1:].isalnum()


def _is_latin(character: str) -> bool:
    return character.isascii() and character.isalnum()


def _leans_back(token: str) -> bool:
    return token[:1] == "\n" or any(p.match(token) for p in (CLOSING, CLITIC_BEHIND))


def _leans_forward(token: str) -> bool:
    return token in OPENING or is_white_space(token) or CLITIC_BEFORE.match(token) is not None
