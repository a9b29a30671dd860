"""Which scripts a text is written in."""

import unicodedata
from collections import Counter
from collections.abc import Iterable
from functools import cache

OTHER = "other"


def script_shares(texts: Iterable[str], *, most_characters: int = 1_000_000) -> dict[str, float]:
    """Return the share of each script among the letters of texts, the largest first.

    A letter's script is the first word of its Unicode name, such as `LATIN` or `THAI`; those of
    Chinese characters are called `CJK`.

    Args:
        texts: The texts.
        most_characters: How many are looked at, from the beginning.
    """
    counts: Counter[str] = Counter()
    left = most_characters
    for text in texts:
        counts.update(text[:left])
        left -= min(left, len(text))
        if not left:
            break
    scripts: Counter[str] = Counter()
    for character, count in counts.items():
        if character.isalpha():
            scripts[_script(character)] += count
    total = scripts.total()
    return {script: count / total for script, count in scripts.most_common()}


@cache
def _script(character: str) -> str:
    name = unicodedata.name(character, OTHER)
    return name.split()[0].split("-")[0]
