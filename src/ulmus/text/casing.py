"""Small and capital letters of any script, such that decoding undoes what the rules do."""

import re

# Cherokee got small letters late and is written in what Unicode calls its capitals.
CHEROKEE = re.compile("([\u13a0-\u13f5]+)")
# Python writes the small letter of İ, the dotted capital I of Turkish, as these two characters,
# and their capital as an I and the same dot, which is equivalent but not the same.
SMALL_DOTTED_I, CAPITAL_AND_DOT, CAPITAL_DOTTED_I = "i\u0307", "I\u0307", "\u0130"


def lower_case(text: str) -> str:
    """Return the text in small letters, but for Cherokee, which stays as it is."""
    if text.isascii() or not CHEROKEE.search(text):
        return text.lower()
    parts = CHEROKEE.split(text)
    return "".join(part if index % 2 else part.lower() for index, part in enumerate(parts))


def upper_case(text: str) -> str:
    """Return the text in capitals."""
    return text.upper().replace(CAPITAL_AND_DOT, CAPITAL_DOTTED_I)


def capitalised(text: str) -> str:
    """Return the text with its first letter as it stands in titles: `ǆ` becomes `ǅ`, not `Ǆ`."""
    if text.startswith(SMALL_DOTTED_I):
        return CAPITAL_DOTTED_I + text[len(SMALL_DOTTED_I) :]
    return text[:1].title() + text[1:]
