"""Words back to a text that reads well."""

import re
import unicodedata
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
UNSPACED = ("THAI ", "LAO ", "KHMER ", "MYANMAR ", "TIBETAN ")
"""How the names of letters begin that are as narrow as Latin ones and stand without spaces."""


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


def join_unspaced(tokens: Sequence[str], *, cut_letters: bool = False) -> str:
    """Return words of a script without spaces; only two of a script with spaces are kept apart.

    Args:
        tokens: Words, punctuation marks and white space.
        cut_letters: Whether letters other than ASCII were cut one by one, wherever spaces were.
            Whether a space was between them cannot be known then: none is put beside them, and
            `café au lait` comes back as `caféau lait`.

    Returns:
        The text.
    """
    is_spaced = _is_ascii if cut_letters else _is_spaced
    text: list[str] = []
    for token in tokens:
        if text and is_spaced(_last_base(text[-1])) and is_spaced(token[:1]):
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


def _is_ascii(character: str) -> bool:
    return character.isascii() and character.isalnum()


def _is_spaced(character: str) -> bool:
    """Tell whether a character is of words that spaces part: not Han, kana, Thai and their like."""
    if character.isascii() or not character.isalpha():
        return _is_ascii(character)
    name = unicodedata.name(character, "")
    wide = unicodedata.east_asian_width(character) in "WFH"
    return name.startswith("HANGUL ") or not (wide or name.startswith(UNSPACED))


def _last_base(token: str) -> str:
    """Return the last character that is no mark upon another; the empty string for none."""
    bases = (c for c in reversed(token) if not unicodedata.category(c).startswith("M"))
    return next(bases, "")


def _leans_back(token: str) -> bool:
    return token[:1] == "\n" or any(p.match(token) for p in (CLOSING, CLITIC_BEHIND))


def _leans_forward(token: str) -> bool:
    return token in OPENING or is_white_space(token) or CLITIC_BEFORE.match(token) is not None
