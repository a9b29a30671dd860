"""PyThaiNLP's words are the reference's, by fastai's rules and by thai2fit's."""

import csv
from hashlib import sha256
from pathlib import Path

import pytest

from tests.parity.reading import read_json
from ulmus.text import build_splitter

pytest.importorskip("pythainlp")

BETWEEN = "\x1e"
FACTS = read_json("thai")
TEXTS: list[str] = FACTS["texts"]
NEWMM = "function:pythainlp.tokenize:word_tokenize"


def test_there_are_many_different_texts_with_all_that_the_rules_look_for() -> None:
    assert len(set(TEXTS)) == len(TEXTS) >= 1_500
    for mark in (
        *("กกกก", "5555", "&amp;", "#39;", "เเ", "ํา", "()", "[", "google.com", "http:", "@"),
        *("😂🤣😃", "❤️❤️❤️❤️", "👩‍👩‍👧‍👦", "👍🏽", "\u200b", "\u00a0", "\u3000", "\r\n", "\t", "\n\n"),
        *("xxbos", "xxrep", "<unk>", "\\n", "iPhone", "KFC", "1,234.50", "๑๒๓", "ๆ", "ฯลฯ"),
    ):
        assert sum(mark in text for text in TEXTS) >= 3, mark
    for name, least in (("xxrep", 300), ("xxwrep", 100), ("xxurl", 50)):
        assert sum(name in tokens for tokens in FACTS["thai2fit"]) >= least, name


@pytest.mark.parametrize("rules", ["fastai", "thai2fit"])
@pytest.mark.parametrize("spec", [NEWMM, "words:th"])
def test_every_token_is_the_reference_s(spec: str, rules: str) -> None:
    tokens = build_splitter(spec, rules=rules).tokens
    rows = [joined.split(BETWEEN) for joined in FACTS[rules]]
    unlike = [
        f"{text!r}\n  reference {expected}\n  ulmus     {found}"
        for text, expected in zip(TEXTS, rows, strict=True)
        if (found := tokens(text)) != expected
    ]
    assert not unlike, f"{len(unlike)} of {len(TEXTS)} differ:\n" + "\n".join(unlike[:5])


@pytest.mark.parametrize(
    ("rules", "spec"), [("fastai", NEWMM), ("fastai", "words:th"), ("thai2fit", "words:th")]
)
def test_a_whole_data_set_has_the_reference_s_tokens(
    rules: str, spec: str, data_folder: Path
) -> None:
    with (data_folder / "thai_wisesight" / "train.csv").open(encoding="utf-8", newline="") as file:
        texts = [row["text"] for row in csv.DictReader(file)]
    rows = list(map(build_splitter(spec, rules=rules).tokens, texts))
    lines = "".join(BETWEEN.join(row) + "\x1d" for row in rows)
    assert FACTS["wisesight"][rules] == {
        "texts": len(rows),
        "tokens": sum(map(len, rows)),
        "sha256": sha256(lines.encode("utf-8")).hexdigest(),
    }
