"""Tags and numbers on the command line, from a table to predictions."""

import csv
import json
from io import StringIO
from pathlib import Path

import pytest

from tests.cli.films import reviews, write_table
from tests.cli.running import TINY, done, refused

FAST = (*TINY, "--set", "language_model.epochs=1", "--set", "classifier.epochs=3")


def tagged(path: Path) -> Path:
    """Write a table whose labels are tags: of each fourth film none, of others one or two."""
    choices = ("", "long", "long|ตลก", "ตลก")
    rows = [(text, choices[index % 4]) for index, (text, _) in enumerate(reviews(80))]
    return write_table(path / "tagged.csv", rows)


def rated(path: Path) -> Path:
    """Write a table whose labels are numbers."""
    grades = {"good": ("4.5", "5"), "bad": ("1", "1.5")}
    rows = [
        (text, grades[label][index // 2 % 2]) for index, (text, label) in enumerate(reviews(80))
    ]
    return write_table(path / "rated.csv", rows)


def rows_of(text: str) -> list[list[str]]:
    return list(csv.reader(StringIO(text)))


@pytest.fixture(scope="module")
def tags(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("tags")
    source = tagged(folder)
    labels = ("--label", "label", "--target", "tags", "--separator", "|")
    outcome = done("fit", source, *labels, "--out", folder / "model", *FAST)
    assert "classifier: micro-F1" in outcome.out
    assert "linear baseline: exact match" in outcome.out
    return source, folder / "model"


@pytest.fixture(scope="module")
def numbers(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("numbers")
    source = rated(folder)
    labels = ("--label", "label", "--target", "number", "--set", "classifier.number_range=[0, 6]")
    outcome = done("fit", source, *labels, "--out", folder / "model", *FAST)
    assert "classifier: mean absolute error" in outcome.out
    return source, folder / "model"


def test_tags_are_predicted_between_separators(tags: tuple[Path, Path]) -> None:
    source, model = tags
    heading, *rows = rows_of(done("predict", model, source, "--all-classes").out)
    assert heading == ["tags", "long", "ตลก"]
    assert len(rows) == 80
    for said, *shares in rows:
        expected = [
            name for name, share in zip(heading[1:], shares, strict=True) if float(share) >= 0.5
        ]
        assert said == "|".join(expected)


def test_tags_are_evaluated(tags: tuple[Path, Path], tmp_path: Path) -> None:
    source, model = tags
    out = tmp_path / "judged"
    outcome = done("evaluate", model, source, "--out", out)
    lines = dict(line.rsplit("  ", 1) for line in outcome.out.splitlines()[:4])
    assert [name.strip() for name in lines] == ["documents", "micro-F1", "macro-F1", "exact match"]
    table = rows_of((out / "tags.csv").read_text("utf-8"))
    assert [row[:2] for row in table] == [["tag", "documents"], ["long", "40"], ["ตลก", "40"]]
    assert (out / "tags.png").exists()
    said = rows_of(done("predict", model, source).out)[1:]
    true = rows_of(source.read_text("utf-8"))[1:]
    same = sum(
        set(a[0].split("|")) == set(b[1].split("|")) for a, b in zip(said, true, strict=True)
    )
    assert float(lines[max(lines, key=lambda name: "exact" in name)]) == pytest.approx(same / 80)


def test_numbers_are_predicted_and_evaluated(numbers: tuple[Path, Path]) -> None:
    source, model = numbers
    heading, *rows = rows_of(done("predict", model, source).out)
    assert heading == ["number"]
    said = [float(number) for (number,) in rows]
    assert all(0 < number < 6 for number in said)
    true = [float(row[1]) for row in rows_of(source.read_text("utf-8"))[1:]]
    error = sum(abs(a - b) for a, b in zip(said, true, strict=True)) / len(true)
    line = next(li for li in done("evaluate", model, source).out.splitlines() if "absolute" in li)
    assert float(line.split()[-1]) == pytest.approx(error, abs=2e-3)


def test_another_source_may_separate_its_tags_otherwise(
    tags: tuple[Path, Path], tmp_path: Path
) -> None:
    source, model = tags
    rows = [(text, label.replace("|", " ; ")) for text, label in rows_of(source.read_text("utf-8"))]
    other = write_table(tmp_path / "other.csv", rows[1:])
    again = done("evaluate", model, other, "--separator", ";").out
    assert again == done("evaluate", model, source).out


def test_step_by_step_as_well(numbers: tuple[Path, Path], tmp_path: Path) -> None:
    source, model = numbers
    corpus, out = tmp_path / "corpus", tmp_path / "model"
    labels = ("--label", "label", "--target", "number")
    done("prepare", source, *labels, "--out", corpus)
    assert json.loads((corpus / "corpus.json").read_text("utf-8"))["target"] == "number"
    language_model = model / "language-model"
    outcome = done("classifier", language_model, source, *labels, "--out", out, "--epochs", "1")
    assert "valid mean absolute error" in outcome.out
    assert rows_of(done("predict", out, source).out)[0] == ["number"]
    line = refused(tmp_path, "predict", out, source, "--all-classes")
    assert line.startswith("--all-classes with a model that says numbers: ")


def test_a_prepared_corpus_of_tags_is_learned_from(tags: tuple[Path, Path], tmp_path: Path) -> None:
    source, _ = tags
    labels = ("--label", "label", "--target", "tags", "--separator", "|")
    done("prepare", source, *labels, "--out", tmp_path / "corpus", "--seed", "4")
    made = ("pretrain", tmp_path / "corpus", "--out", tmp_path / "lm", "--model", "tiny")
    done(*made, "--epochs", "1")
    out = tmp_path / "model"
    done("classifier", tmp_path / "lm", tmp_path / "corpus", "--out", out, "--epochs", "1")
    assert rows_of(done("predict", out, source).out)[0] == ["tags"]
    assert "separator: |" in done("inspect", out).out
    facts = done("inspect", tmp_path / "lm").out
    assert "target" not in facts
    assert "separator" not in facts


def test_facts_tell_what_is_said(numbers: tuple[Path, Path]) -> None:
    assert "target: number" in done("inspect", numbers[1]).out


@pytest.mark.parametrize(
    ("target", "message"),
    [
        ("number", "a label that is no number: 'bad'; accepted: numbers such as 4.5. Mend it"),
        (
            "colour",
            "Invalid value for '--target': 'colour' is not one of 'class', 'tags', 'number'",
        ),
    ],
)
def test_what_the_labels_are_not(target: str, message: str, tmp_path: Path) -> None:
    source = write_table(tmp_path / "films.csv", reviews(40))
    labels = ("--label", "label", "--target", target)
    line = refused(tmp_path, "fit", source, *labels, "--out", tmp_path / "model", *FAST)
    assert line.startswith(message)


def test_an_item_with_the_separator_is_told(tmp_path: Path) -> None:
    source = tmp_path / "films.jsonl"
    source.write_text('{"text": "a film", "label": ["a;b", "c"]}\n', "utf-8")
    labels = ("--label", "label", "--target", "tags")
    line = refused(tmp_path, "fit", source, *labels, "--out", tmp_path / "model")
    assert line.startswith("line 1: an item of the list holds the separator ';' ('a;b'): ")


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (("--target", "tags"), "the target 'tags' needs the name of a label column"),
        (("--label", "label", "--separator", "|"), "a separator stands between tags, and the t"),
    ],
)
def test_flags_that_would_do_nothing(flags: tuple[str, ...], message: str, tmp_path: Path) -> None:
    source = write_table(tmp_path / "films.csv", reviews(40))
    line = refused(tmp_path, "prepare", source, *flags, "--out", tmp_path / "corpus")
    assert message in line


def test_the_separator_is_for_tags(numbers: tuple[Path, Path], tmp_path: Path) -> None:
    source, model = numbers
    line = refused(tmp_path, "evaluate", model, source, "--separator", "|")
    assert "a separator stands between tags, and the target is 'number'" in line


def test_the_separator_is_for_classifiers(numbers: tuple[Path, Path], tmp_path: Path) -> None:
    source, model = numbers
    line = refused(tmp_path, "evaluate", model / "language-model", source, "--separator", "|")
    assert line.startswith("--label, --separator and --out are for classifiers")
