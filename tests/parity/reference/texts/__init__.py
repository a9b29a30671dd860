"""Texts of many kinds, all written or drawn here, for the fixtures of the text parity tests."""

import random
from collections.abc import Iterable, Iterator

from tests.parity.reference.texts import characters, english, machines, repeats, scripts

# What spaCy gets to see of a text grows by a few characters a rule, and ulmus cuts a piece of
# more than 256 characters. None here comes near.
LONGEST = 250

KINDS = {
    kind.__name__: kind
    for module in (english, machines, repeats, scripts, characters)
    for kind in module.KINDS
}


def written_texts(per_kind: int, seed: int = 7, kinds: Iterable[str] = KINDS) -> list[str]:
    """Return different texts, as many of each kind as can be, then mixtures of them.

    Args:
        per_kind: How many texts to ask each kind for.
        seed: What the chance begins with.
        kinds: Names of kinds.
    """
    texts: dict[str, None] = {}
    for name in kinds:
        chance = random.Random(f"{name} {seed}")
        texts |= dict.fromkeys(KINDS[name](chance)[:LONGEST] for _ in range(per_kind))
    return list(texts | dict.fromkeys(_mixtures(list(texts), 2 * per_kind, seed)))


def _mixtures(texts: list[str], count: int, seed: int) -> Iterator[str]:
    chance = random.Random(seed)
    for _ in range(count):
        parts = [text[:80] for text in chance.sample(texts, chance.randint(2, 3))]
        yield chance.choice([" ", "\n", "", ". ", "\t", "  ", " - "]).join(parts)
