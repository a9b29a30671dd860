"""`ulmus import-fastai`: what it makes of files, and what it says."""

import json
from pathlib import Path
from typing import Any

import pytest

import ulmus as library
from tests.cli.running import done
from tests.interop.foreign_files import (
    AWD_LSTM_LM,
    FASTAI_2,
    Size,
    awd_lstm_lm,
    classifier,
    encoder_of,
    fastai_2,
    saved,
)
from tests.parity.reading import FIXTURES

SIZE = Size(tokens=len(FASTAI_2))
SUBWORDS = FIXTURES / "weights_subwords.pth", FIXTURES / "weights_subwords.pkl"
SENTENCEPIECE = FIXTURES / "weights_subwords.model"


def files(folder: Path, weights: Any = None, tokens: Any = FASTAI_2) -> tuple[Path, Path]:
    """Write weights and a vocabulary."""
    return saved(folder, fastai_2(SIZE) if weights is None else weights, tokens)


def test_a_language_model(tmp_path: Path) -> None:
    out = tmp_path / "model"
    outcome = done("import-fastai", *files(tmp_path), "--out", out)
    assert outcome.err == ""
    assert outcome.out.splitlines() == [
        "kind: language-model",
        "from: language model of fastai 2",
        "size: embedding 6, hidden 10, 3 layers",
        "vocabulary: 17 tokens",
        f"saved: {out}",
    ]
    assert done("generate", out, "--prompt", "ช้าง sat", "--max-tokens", "3", "--seed", "1").out
    assert "imported_from: language model of fastai 2" in done("inspect", out).out


def test_special_tokens_that_are_made_up_are_told(tmp_path: Path) -> None:
    paths = files(tmp_path, awd_lstm_lm(Size(len(AWD_LSTM_LM))), list(AWD_LSTM_LM))
    lines = done("import-fastai", *paths, "--out", tmp_path / "model").out.splitlines()
    assert "from: language model of awd-lstm-lm" in lines
    assert "mean rows for: xxpad xxeos xxfld xxrep xxwrep xxup xxmaj" in lines


def test_an_encoder_alone_is_told(tmp_path: Path) -> None:
    paths = files(tmp_path, encoder_of(fastai_2(SIZE)))
    outcome = done("import-fastai", *paths, "--out", tmp_path / "model")
    assert outcome.err == (
        "ulmus: these are the weights of an encoder alone: the language model's decoder is its "
        "embedding, with a bias of 0. Fine-tune it, or train a classifier upon it, before you "
        "judge its texts.\n"
    )
    assert "from: encoder of fastai 2" in outcome.out


@pytest.mark.parametrize("way", ["--class", "--labels", "a pair"])
def test_a_classifiers_classes(way: str, tmp_path: Path) -> None:
    names = ["neg", "ดี", "neu"]
    pair = [list(FASTAI_2), names] if way == "a pair" else FASTAI_2
    paths = files(tmp_path, classifier(SIZE, 3), pair)
    (tmp_path / "labels.json").write_text(json.dumps(names), "utf-8")
    flags: dict[str, list[object]] = {
        "--class": [part for name in names for part in ("--class", name)],
        "--labels": ["--labels", tmp_path / "labels.json"],
        "a pair": [],
    }
    outcome = done("import-fastai", *paths, "--out", tmp_path / "model", *flags[way])
    assert outcome.out.splitlines()[-3:-1] == ["target: class", "labels: neg, ดี, neu"]
    assert library.load(tmp_path / "model").labels == tuple(names)  # type: ignore[union-attr]


def test_every_flag(tmp_path: Path) -> None:
    flags = ("--tokenizer", "characters", "--rules", "none", "--backward", "--max-length", "40")
    flags += ("--sequence-length", "20", "--class", "a", "--class", "b")
    out = tmp_path / "model"
    done("import-fastai", *files(tmp_path, classifier(SIZE)), "--out", out, *flags)
    facts = done("inspect", out).out
    for line in (
        *("tokenizer: characters", "rules: none", "backward: True", "  max_length: 40"),
        *("  sequence_length: 20", "labels: a, b"),
    ):
        assert f"\n{line}\n" in facts, line


def test_the_size_of_the_pretraining(tmp_path: Path) -> None:
    out = tmp_path / "model"
    done("import-fastai", *files(tmp_path), "--out", out, "--pretraining-tokens", "5000")
    assert "\n  pretraining_tokens: 5000\n" in done("inspect", out).out


@pytest.mark.parametrize(
    ("flags", "shown"),
    [
        (("--target", "tags", "--class", "a"), ["target: tags", "labels: a"]),
        (("--target", "number", "--number-range", "0", "5.5"), ["target: number"]),
    ],
)
def test_one_output(flags: tuple[str, ...], shown: list[str], tmp_path: Path) -> None:
    paths = files(tmp_path, classifier(SIZE, 1))
    lines = done("import-fastai", *paths, "--out", tmp_path / "out", *flags).out.splitlines()
    assert lines[4:-1] == shown


def test_the_language(tmp_path: Path) -> None:
    out = tmp_path / "model"
    done("import-fastai", *files(tmp_path), "--out", out, "--language", "th")
    facts = done("inspect", out).out
    assert "\nrules: thai2fit\ntokenizer: words:th\n" in facts
    flags = ("--language", "th", "--rules", "none")
    done("import-fastai", *files(tmp_path), "--out", out, *flags)
    assert "\nrules: none\ntokenizer: words:th\n" in done("inspect", out).out


def test_subwords(tmp_path: Path) -> None:
    out = tmp_path / "model"
    done("import-fastai", *SUBWORDS, "--out", out, "--sentencepiece", SENTENCEPIECE)
    tokens = library.load(out).processor.tokens("A FINE film")
    assert tokens[:2] == ["xxbos", "▁a"]
    assert "xxup" in tokens
    flags = ("--sentencepiece", SENTENCEPIECE, "--language", "th")
    done("import-fastai", *SUBWORDS, "--out", out, *flags)
    assert ":language=th\n" in done("inspect", out).out


def test_a_bundle_is_replaced(tmp_path: Path) -> None:
    out = tmp_path / "model"
    done("import-fastai", *files(tmp_path), "--out", out)
    done("import-fastai", *files(tmp_path), "--out", out, "--backward")
    assert library.load(out).manifest.backward
