"""From text to a classifier, verb by verb."""

import csv
import json
import re
from pathlib import Path

import numpy as np
import pytest

import ulmus
from tests.cli.conftest import Chain
from tests.cli.films import reviews
from tests.cli.running import done, files


def test_prepare_shows_the_corpus_it_made(chain: Chain) -> None:
    lines = chain.said["prepare"].out.splitlines()
    manifest = json.loads((chain.corpus / "corpus.json").read_text("utf-8"))
    assert lines[0].split() == ["split", "documents", "tokens", "characters", "unknown"]
    for line, name in zip(lines[1:3], ("train", "valid"), strict=True):
        counts = manifest["splits"][name]
        share = counts["unknown_tokens"] / counts["tokens"]
        shown = [f"{counts[key]:,}" for key in ("documents", "tokens", "characters")]
        assert line.split() == [name, *shown, f"{share:.2%}"]
        assert len(line) == len(lines[0])  # numbers end where their headings end
    stored = json.loads((chain.corpus / "processor" / "vocabulary.json").read_text("utf-8"))
    assert lines[3:] == [f"vocabulary: {len(stored['tokens']):,} tokens", f"saved: {chain.corpus}"]
    assert chain.said["prepare"].err == ""


@pytest.mark.parametrize("verb", ["pretrain", "finetune", "classifier"])
def test_a_model_is_shown_with_what_it_measures(chain: Chain, verb: str) -> None:
    folder = {
        "pretrain": chain.language_model,
        "finetune": chain.finetuned,
        "classifier": chain.classifier,
    }[verb]
    manifest = json.loads((folder / "bundle.json").read_text("utf-8"))
    *figures, saved = chain.said[verb].out.splitlines()
    assert saved == f"saved: {folder}"
    assert len({len(line) for line in figures}) == 1  # aligned on the right
    shown = dict(re.split(r"  +", line) for line in figures)
    known = dict(manifest["metrics"])
    if verb == "finetune":
        known["valid_perplexity_before"] = manifest["provenance"]["valid_perplexity_before"]
    assert set(shown) == {name.replace("_", " ") for name in known}
    for name, value in known.items():
        told = float(shown[name.replace("_", " ")].replace(",", ""))
        assert told == pytest.approx(value, rel=1e-3)
    stages = {"pretrain": 1, "finetune": 2, "classifier": 1}
    assert chain.said[verb].err.count("steps, rate") == stages[verb]


def test_finetuning_starts_from_what_was_learned(chain: Chain) -> None:
    pretrained = json.loads((chain.language_model / "bundle.json").read_text("utf-8"))
    finetuned = json.loads((chain.finetuned / "bundle.json").read_text("utf-8"))
    before = finetuned["provenance"]["valid_perplexity_before"]
    # Not quite: the fillers of the vocabulary share one name, and so one row from now on.
    assert before == pytest.approx(pretrained["metrics"]["valid_perplexity"], rel=2e-3)
    assert finetuned["metrics"]["valid_perplexity"] < before


def test_only_what_was_asked_for_is_left(chain: Chain) -> None:
    folder = chain.corpus.parent
    assert {path.name for path in folder.iterdir()} == {
        "corpus",
        "language-model",
        "finetuned",
        "classifier",
    }
    for bundle in (chain.language_model, chain.classifier):
        assert {path.split("/")[0] for path in files(bundle)} == {
            *("README.md", "bundle.json", "model.safetensors", "processor"),
            *("history.csv", "history.png", "steps.csv"),
        }


def test_a_corpus_serves_in_the_place_of_a_source(chain: Chain, tmp_path: Path) -> None:
    out = tmp_path / "model"
    words = ("--epochs", "1", "--seed", "1")
    done("finetune", chain.language_model, chain.corpus, "--out", out, *words)
    weights = (out / "model.safetensors").read_bytes()
    assert weights == (chain.finetuned / "model.safetensors").read_bytes()
    assert [path.name for path in tmp_path.iterdir()] == ["model"]


def test_a_backward_model_is_said_to_be_one(chain: Chain, tmp_path: Path) -> None:
    out = tmp_path / "model"
    flags = ("--model", "tiny", "--epochs", "1", "--backward")
    outcome = done("pretrain", chain.corpus, "--out", out, *flags)
    assert outcome.err.replace(" in bf16", "").startswith(
        "backward language model: all layers, 1 epoch of "
    )
    assert json.loads((out / "bundle.json").read_text("utf-8"))["backward"] is True


def test_predictions_are_those_of_the_bundle(chain: Chain) -> None:
    outcome = done("predict", chain.classifier, chain.table, "--all-classes")
    header, *rows = csv.reader(outcome.out.splitlines())
    bundle = ulmus.load(chain.classifier)
    assert isinstance(bundle, ulmus.TextClassifierBundle)
    expected = bundle.predict_proba([text for text, _ in reviews(60)])
    assert header == ["label", "probability", "bad", "good"]
    np.testing.assert_allclose(
        [[float(cell) for cell in row[2:]] for row in rows], expected, atol=1e-6
    )
    assert [row[0] for row in rows] == [bundle.labels[i] for i in expected.argmax(1)]
    np.testing.assert_allclose([float(row[1]) for row in rows], expected.max(1), atol=1e-6)


def test_classes_are_told_apart(chain: Chain) -> None:
    outcome = done("evaluate", chain.classifier, chain.table)
    assert outcome.out == "documents     60\naccuracy   1.000\nmacro-F1   1.000\n"
    lines = "a superb and lovely film\nan awful and boring film\n"
    answers = done("predict", chain.classifier, "-", stdin=lines).out.splitlines()
    assert [answer.split(",")[0] for answer in answers] == ["label", "good", "bad"]
