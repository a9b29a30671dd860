"""Hashes of the tokens and vocabularies of the shared data sets; their texts stay away."""

import os
from collections import Counter
from hashlib import sha256
from pathlib import Path

from fastai.text.all import WordTokenizer, make_vocab, tokenize_texts

from tests.parity.data_texts import DATA_SETS, texts_of
from tests.parity.reference.writing import write_json

REPOSITORY = Path(__file__).resolve().parents[3]


def make() -> None:
    """Write `text_data.json.gz`, from the data in `ULMUS_DATA` or beside the repository."""
    folder = Path(os.environ.get("ULMUS_DATA") or REPOSITORY.parent / "shared" / "data")
    tokenizer = WordTokenizer("en")
    sets = {}
    for name in DATA_SETS:
        rows = [list(row) for row in tokenize_texts(texts_of(name, folder), 0, tok=tokenizer)]
        counts = Counter(token for row in rows for token in row)
        lines = "".join(" ".join(row) + "\n" for row in rows)
        vocabulary = make_vocab(counts, min_freq=2)
        sets[name] = {
            "texts": len(rows),
            "tokens": sum(counts.values()),
            "sha256": sha256(lines.encode("utf-8")).hexdigest(),
            "vocabulary_size": len(vocabulary),
            "vocabulary_sha256": sha256(" ".join(vocabulary).encode("utf-8")).hexdigest(),
        }
    write_json("text_data", {"sets": sets})
