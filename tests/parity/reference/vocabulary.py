"""Vocabularies of counted tokens for many limits, and the ids that tokens get."""

import itertools
from collections import Counter
from random import Random

from fastai.text.all import L, Numericalize, WordTokenizer, defaults, make_vocab, tokenize_texts

from tests.parity.reference.texts import written_texts
from tests.parity.reference.writing import write_json

MIN_FREQS = (1, 2, 3, 5, 100)
MAX_VOCABS = (9, 10, 15, 16, 17, 23, 24, 25, 64, 200, 60_000)


def make() -> None:
    """Write `vocabulary.json.gz`."""
    chance = Random(5)
    # The filler as a word of a text is a matter of its own, below.
    texts = [text for text in written_texts(6, seed=13) if "fake" not in text.lower()]
    rows = [list(row) for row in tokenize_texts(texts, 0, tok=WordTokenizer())]
    counted = {
        "ties": _counts(chance, 300, 6),
        "special tokens among them": _with_specials(chance, 120, 40),
        "special tokens in front": dict.fromkeys(defaults.text_spec_tok, 50)
        | _counts(chance, 30, 9),
        "all seen once": {f"w{i}": 1 for i in range(70)},
        "texts": dict(Counter(token for row in rows for token in row)),
    }
    counted |= {f"{size} tokens": _counts(chance, size, 4) for size in range(18)}
    sets = [{"name": name, "counts": _listed(counts)} for name, counts in counted.items()]
    for one, counts in zip(sets, counted.values(), strict=True):
        one["vocabularies"] = [
            [min_freq, max_vocab, make_vocab(Counter(counts), min_freq, max_vocab)]
            for min_freq, max_vocab in itertools.product(MIN_FREQS, MAX_VOCABS)
        ]
    deliberate = {
        "no room": make_vocab(Counter(a=3), max_vocab=4),
        "filler counted": make_vocab(Counter(a=3, xxfake=5, b=4)),
    }
    write_json("vocabulary", {"sets": sets, "ids": _ids(rows), "deliberate": deliberate})


def _counts(chance: Random, size: int, most: int) -> dict[str, int]:
    return {f"w{i}": chance.randint(1, most) for i in range(size)}


def _with_specials(chance: Random, size: int, most: int) -> dict[str, int]:
    listed = [*_counts(chance, size, most).items()]
    listed += [(token, chance.randint(1, most)) for token in defaults.text_spec_tok[1:]]
    chance.shuffle(listed)
    return dict(listed)


def _listed(counts: dict[str, int]) -> list[list[object]]:
    return [[token, count] for token, count in counts.items()]


def _ids(rows: list[list[str]]) -> dict[str, object]:
    numericalize = Numericalize(min_freq=2, max_vocab=500)
    numericalize.setup(L(rows))
    asked = [*rows[::9], ["xxbos", "xxfake", "never seen", "", "xxunk", "xxpad", "xxmaj"]]
    ids = [numericalize.encodes(row).tolist() for row in asked]
    return {"counted": rows, "asked": asked, "ids": ids}
