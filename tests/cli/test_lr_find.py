"""`ulmus lr-find`."""

import csv
from pathlib import Path

import pytest

from tests.cli.conftest import Chain
from tests.cli.running import done, refused

SHORT = ("--set", "finder.steps=20", "--seed", "1")


@pytest.mark.parametrize("kind", ["new", "finetuned", "classifier"])
def test_the_curve_is_written_and_a_rate_suggested(chain: Chain, tmp_path: Path, kind: str) -> None:
    out, corpus = tmp_path / "curve", chain.corpus
    flags: tuple[object, ...] = ("--model", "tiny")
    if kind != "new":
        flags = ("--language-model", chain.language_model)
    if kind == "classifier":
        corpus = tmp_path / "labelled"
        done("prepare", chain.table, "--label", "label", "--seed", "1", "--out", corpus)
        flags = (*flags, "--classifier")
    lines = done("lr-find", corpus, "--out", out, *SHORT, *flags).out.splitlines()
    assert {path.name for path in out.iterdir()} == {"learning_rates.csv", "learning_rates.png"}
    rows = list(csv.DictReader((out / "learning_rates.csv").read_text("utf-8").splitlines()))
    rates = [float(row["learning_rate"]) for row in rows]
    assert rates[0] == pytest.approx(1e-7)
    assert rates[1] / rates[0] == pytest.approx(1e8 ** (1 / 20))
    name, suggestion = lines[0].split(": ")
    assert name == "suggested learning rate"
    assert any(float(suggestion) == pytest.approx(rate, rel=1e-3) for rate in rates)
    assert lines[1:] == [f"saved: {out}"]


def test_a_classifier_needs_a_language_model(chain: Chain, tmp_path: Path) -> None:
    line = refused(tmp_path, "lr-find", chain.corpus, "--out", tmp_path / "out", "--classifier")
    assert line == (
        "a classifier is trained upon a language model, and none is named; accepted: "
        "--classifier together with --language-model BUNDLE. Name the language model."
    )


def test_a_corpus_without_labels_is_no_classifiers(chain: Chain, tmp_path: Path) -> None:
    flags = ("--classifier", "--language-model", chain.language_model)
    line = refused(tmp_path, "lr-find", chain.corpus, "--out", tmp_path / "out", *flags)
    assert line.startswith("a classifier needs two classes or more: 'no labels'; accepted: ")


def test_a_taken_folder_is_told_before_the_sweep(chain: Chain, tmp_path: Path) -> None:
    (tmp_path / "note.txt").write_text("mine", "utf-8")
    line = refused(tmp_path, "lr-find", chain.corpus, "--out", tmp_path, "--model", "tiny")
    assert line.startswith(f"the output path is taken: '{tmp_path}'; accepted: a new path")


def test_a_size_beside_a_language_model_is_refused(chain: Chain, tmp_path: Path) -> None:
    flags = ("--language-model", chain.language_model, "--model", "tiny")
    line = refused(tmp_path, "lr-find", chain.corpus, "--out", tmp_path / "out", *flags)
    assert line.startswith("a size beside a language model, which has one: 'tiny'; accepted: ")


def test_steps_vary_and_rows_are_fewer_as_in_training(chain: Chain, tmp_path: Path) -> None:
    curves = []
    for name, flags in {
        "plain": (),
        "varied": ("language_model.vary_sequence_length=true",),
    }.items():
        changes = [part for flag in flags for part in ("--set", flag)]
        few = ("--model", "tiny", "--set", "language_model.batch_size=2000")
        few = (*few, "--set", "language_model.sequence_length=7")
        done("lr-find", chain.corpus, "--out", tmp_path / name, *SHORT, *few, *changes)
        curves.append((tmp_path / name / "learning_rates.csv").read_text("utf-8"))
    assert curves[0] != curves[1]
