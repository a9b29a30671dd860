"""Tokens of Thai and mixed texts by PyThaiNLP's newmm, through fastai and by thai2fit's rules."""

import csv
import os
from collections.abc import Iterable
from hashlib import sha256
from pathlib import Path

from fastai.text.all import tokenize_texts
from pythainlp.tokenize import word_tokenize
from pythainlp.ulmfit import post_rules_th, pre_rules_th

from tests.parity.reference.texts.thai import written_thai_texts
from tests.parity.reference.writing import write_json

REPOSITORY = Path(__file__).resolve().parents[3]
COUNT = 1_600
BETWEEN = "\x1e"  # in no token


class NewmmTokenizer:
    """What fastai's `Tokenizer` takes: a callable from texts to their tokens."""

    def __call__(self, texts: Iterable[str]) -> Iterable[list[str]]:
        """Return the tokens of each text as it stands, special tokens and all."""
        return (word_tokenize(text) for text in texts)


def make() -> None:
    """Write `thai.json.gz`; for the hashes the data is in `ULMUS_DATA` or beside the repository."""
    folder = Path(os.environ.get("ULMUS_DATA") or REPOSITORY.parent / "shared" / "data")
    with (folder / "thai_wisesight" / "train.csv").open(encoding="utf-8", newline="") as file:
        messages = [row["text"] for row in csv.DictReader(file)]
    texts = written_thai_texts(COUNT)
    ways = {"fastai": _by_fastai, "thai2fit": _by_thai2fit}
    facts: dict[str, object] = {"texts": texts}
    for name, way in ways.items():
        facts[name] = [BETWEEN.join(tokens) for tokens in way(texts)]
    facts["wisesight"] = {name: _summary(way(messages)) for name, way in ways.items()}
    write_json("thai", facts)


def _by_fastai(texts: list[str]) -> list[list[str]]:
    return [list(row) for row in tokenize_texts(texts, n_workers=0, tok=NewmmTokenizer())]


def _by_thai2fit(texts: list[str]) -> list[list[str]]:
    return [_processed(text) for text in texts]


def _processed(text: str) -> list[str]:
    for rule in pre_rules_th:
        text = rule(text)
    # fastai 1, which thai2fit was trained with, wrote this in front of each text.
    tokens = word_tokenize(f"xxbos {text.lstrip(' ')}")
    for rule in post_rules_th:
        tokens = rule(tokens)
    return tokens


def _summary(rows: list[list[str]]) -> dict[str, object]:
    lines = "".join(BETWEEN.join(row) + "\x1d" for row in rows)
    return {
        "texts": len(rows),
        "tokens": sum(map(len, rows)),
        "sha256": sha256(lines.encode("utf-8")).hexdigest(),
    }
