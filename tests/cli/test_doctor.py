"""`ulmus doctor`."""

from pathlib import Path

from tests.cli.conftest import Chain
from tests.cli.running import done, refused


def test_a_table_is_looked_at(chain: Chain, tmp_path: Path) -> None:
    out = tmp_path / "doctor"
    outcome = done("doctor", chain.table, "--label", "label", "--test", chain.table,
                   "--language-model", chain.language_model, "--out", out)  # fmt: skip
    assert "LEAK: 60 of 60 test documents are in the train documents" in outcome.out
    assert "the language model lacks" in outcome.out
    assert f"saved: {out}" in outcome.out
    assert (out / "lengths.png").read_bytes().startswith(b"\x89PNG")


def test_labels_command_nothing_in_the_table(tmp_path: Path) -> None:
    table = tmp_path / "table.csv"
    rows = ["a film,[/red]", "a book,[bold]loud", "a play,\x1b[31mred", "an act,<i>"]
    table.write_text("\n".join(["text,label", *rows, *rows]), "utf-8")
    shown = done("doctor", table, "--label", "label", "--out", tmp_path / "doctor").out
    for label in ("label [/red] ", "label [bold]loud ", r"label \x1b[31mred ", "label <i> "):
        assert label in shown
    assert "\x1b" not in shown


def test_a_column_that_is_not_there(chain: Chain, tmp_path: Path) -> None:
    line = refused(tmp_path, "doctor", chain.table, "--text", "body")
    assert "body" in line


def test_labels_that_a_classifier_thinks_improbable(chain: Chain, tmp_path: Path) -> None:
    rows = chain.table.read_text("utf-8").splitlines()
    swapped = {"good": "bad", "bad": "good"}
    text, label = rows[5].rsplit(",", 1)
    rows[5] = f"{text},{swapped[label]}"
    table = tmp_path / "table.csv"
    table.write_text("\n".join(rows), "utf-8")
    out = tmp_path / "doctor"
    outcome = done("doctor", table, "--label", "label", "--classifier", chain.classifier,
                   "--out", out)  # fmt: skip
    assert "documents have a label to which the classifier gives less than" in outcome.out
    found = (out / "suspicious.csv").read_text("utf-8").splitlines()
    assert found[0] == "probability,said,split,row,label,text"
    assert found[1].split(",")[1:5] == [label, "train", "5", swapped[label]]


def test_a_classifier_of_other_labels_is_refused(chain: Chain, tmp_path: Path) -> None:
    table = tmp_path / "table.csv"
    table.write_text("text,label\na film,comedy\na book,drama\n", "utf-8")
    line = refused(tmp_path, "doctor", table, "--label", "label", "--classifier", chain.classifier)
    assert line == (
        "the classifier says other things than the labels: 'bad, good'; accepted: one that was "
        "trained on such labels. Name another with --classifier, and the right column with --label."
    )
