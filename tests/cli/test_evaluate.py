"""`ulmus evaluate`."""

import csv
from pathlib import Path

import pytest

import ulmus
from tests.cli.conftest import Chain
from tests.cli.films import reviews, write_table
from tests.cli.running import done, refused


def figures(text: str) -> dict[str, float]:
    lines = (line.rsplit(maxsplit=1) for line in text.splitlines())
    return {name: float(value.replace(",", "")) for name, value in lines}


def test_a_language_model_is_measured_by_perplexity(chain: Chain) -> None:
    outcome = done("evaluate", chain.finetuned, chain.table)
    bundle = ulmus.load(chain.finetuned)
    assert isinstance(bundle, ulmus.LanguageModelBundle)
    expected = bundle.perplexity([text for text, _ in reviews(60)])
    shown = figures(outcome.out)
    assert list(shown) == ["documents", "tokens", "perplexity", "bits per character"]
    assert (shown["documents"], shown["tokens"]) == (60, expected.token_count)
    assert shown["perplexity"] == pytest.approx(expected.per_token, rel=1e-3)
    assert shown["bits per character"] == pytest.approx(expected.bits_per_character, rel=1e-3)


def test_accuracy_and_macro_f1_are_of_the_given_labels(chain: Chain, tmp_path: Path) -> None:
    # All right but the first, which is bad and called good here.
    rows = [
        (text, "good" if index == 0 else label) for index, (text, label) in enumerate(reviews(8))
    ]
    table = write_table(tmp_path / "films.csv", rows, ("text", "verdict"))
    shown = figures(done("evaluate", chain.classifier, table, "--label", "verdict").out)
    # bad: 3 of 4 predicted are right, all 3 found; good: 4 right, 4 of 5 found.
    f1 = (2 * 3 / (4 + 3) + 2 * 4 / (4 + 5)) / 2
    assert shown == {
        "documents": 8,
        "accuracy": pytest.approx(7 / 8, abs=1e-3),
        "macro-F1": pytest.approx(f1, abs=1e-3),
    }


def test_the_confusion_matrix_is_written(chain: Chain, tmp_path: Path) -> None:
    out = tmp_path / "scores"
    outcome = done("evaluate", chain.classifier, chain.table, "--out", out)
    assert outcome.out.splitlines()[-1] == f"saved: {out}"
    assert {path.name for path in out.iterdir()} == {"confusion.csv", "confusion.png"}
    rows = list(csv.reader((out / "confusion.csv").read_text("utf-8").splitlines()))
    assert rows == [["true \\ predicted", "bad", "good"], ["bad", "30", "0"], ["good", "0", "30"]]
    assert (out / "confusion.png").read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"
    done("evaluate", chain.classifier, chain.table, "--out", out)  # its own folder is replaced


def test_a_taken_folder_is_told_before_the_work(chain: Chain, tmp_path: Path) -> None:
    (tmp_path / "taken").mkdir()
    (tmp_path / "taken" / "note.txt").write_text("mine", "utf-8")
    flags = ("--out", tmp_path / "taken")
    line = refused(tmp_path, "evaluate", chain.classifier, tmp_path / "absent.csv", *flags)
    assert line.startswith("the output path is taken: ")
    assert "a folder that holds confusion.csv" in line


def test_a_label_never_seen_is_refused(chain: Chain, tmp_path: Path) -> None:
    table = write_table(tmp_path / "films.csv", [("a film", "fair"), ("a plot", "good")])
    line = refused(tmp_path, "evaluate", chain.classifier, table, "--out", tmp_path / "scores")
    assert line == (
        "labels the classifier has never seen: 'fair'; accepted: bad, good. Mend them, leave "
        "those documents out, or train with them."
    )


@pytest.mark.parametrize("flags", [("--out", "scores"), ("--label", "label")])
def test_a_language_model_takes_no_labels(
    chain: Chain, tmp_path: Path, flags: tuple[str, str]
) -> None:
    line = refused(tmp_path, "evaluate", chain.finetuned, chain.table, *flags)
    assert line == (
        "--label, --separator and --out are for classifiers, and this is a language model: "
        f"'{chain.finetuned}'; accepted: a text-classifier bundle, or none of the three. "
        "Leave them out."
    )


def test_documents_without_a_label_are_skipped(chain: Chain, tmp_path: Path) -> None:
    table = write_table(tmp_path / "films.csv", [*reviews(4), ("a film", ""), ("", "good")])
    outcome = done("evaluate", chain.classifier, table)
    assert figures(outcome.out)["documents"] == 4
    assert outcome.err == (
        "ulmus: skipped 2 of 6 documents of films.csv: 1 without text, 1 without a label\n"
    )
