"""`ulmus curve`."""

import csv
from pathlib import Path

import pytest

from tests.cli.running import TINY, done, refused


def test_a_curve_from_a_table(films: Path, tmp_path: Path) -> None:
    out = tmp_path / "curve"
    few = ("--set", "language_model.epochs=1", "--set", "classifier.epochs=1")
    counts = ("--labels", "12", "--labels", "24", "--draws", "1")
    outcome = done("curve", films, "--out", out, *counts, *TINY, *few)
    assert "TF-IDF + LinearSVC" in outcome.out
    assert f"saved: {out}" in outcome.out
    rows = list(csv.DictReader((out / "curve.csv").read_text("utf-8").splitlines()))
    assert [row["labels"] for row in rows] == ["12"] * 4 + ["24"] * 4


def test_more_labels_than_there_are(films: Path, tmp_path: Path) -> None:
    line = refused(tmp_path, "curve", films, "--out", tmp_path / "c", "--labels", "4000", *TINY)
    assert line.startswith("a number of labels that cannot be drawn: 4000; accepted: 4 to ")


@pytest.mark.parametrize("verb", ["fit", "curve"])
def test_pseudo_labels_read_unlabelled_text_again(verb: str, films: Path, tmp_path: Path) -> None:
    flags = ("--unlabelled", "-", "--pseudo-labels", "0.9", "--out", tmp_path / "out")
    line = refused(tmp_path, verb, films, *flags, *TINY)
    assert line.startswith("standard input cannot be read twice: ")
