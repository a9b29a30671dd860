"""Columns, classes, files and texts that would command a terminal, a page or a spreadsheet."""

import csv
import re
from io import BytesIO, TextIOWrapper
from pathlib import Path

import pytest

from tests.cli.films import reviews, write_table
from tests.cli.running import TINY, Outcome, done, refused, ulmus

ESCAPE = "\x1b[2J\x1b]0;owned\x07"
HOSTILE = f"{ESCAPE}<script>alert(1)</script>[red]|`$x_1$\u202e\u2028\x9b31m\r\n=cmd|' /C calc'!A0"
CLASSES = {"good": f"+{HOSTILE}", "bad": f"=1+1{HOSTILE}"}
COMMANDING = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
COLUMNS = (f"te{ESCAPE}xt", f"la{ESCAPE}bel")
NAMED = ("--text", COLUMNS[0], "--label", COLUMNS[1])


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Path:
    rows = [(f"{text}{HOSTILE}", CLASSES[label]) for text, label in reviews(60)]
    folder = tmp_path_factory.mktemp("names")
    return write_table(folder / "a\x1b[2J<b>.csv", [*rows, rows[0]], COLUMNS)


@pytest.fixture(scope="module")
def fitted(table: Path) -> tuple[Path, Outcome]:
    out = table.parent / "mo\x1b[2Jdel<b>"
    few = ("--set", "language_model.epochs=1", "--set", "classifier.epochs=1")
    return out, done("fit", table, *NAMED, "--out", out, *TINY, *few)


def harmless(outcome: Outcome) -> str:
    said = outcome.out + outcome.err
    assert COMMANDING.search(said) is None, repr(said)
    return said


def test_what_verbs_say(table: Path, fitted: tuple[Path, Outcome], tmp_path: Path) -> None:
    model, outcome = fitted
    harmless(outcome)
    text = NAMED[:2]
    for command in (
        ("doctor", table, *NAMED, "--classifier", model, "--out", tmp_path / "d"),
        ("evaluate", model, table, *NAMED, "--out", tmp_path / "e"),
        ("inspect", model),
        ("tokenize", table, *text),
        ("prepare", table, *NAMED, "--out", tmp_path / "c\x1b[2J"),
        ("inspect", tmp_path / "c\x1b[2J"),
        ("shrink", model, "--out", tmp_path / "s\x1b[2J"),
        ("predict", model, table, *text, "--out", tmp_path / "p.csv"),
    ):
        harmless(done(*command))


def test_what_refusals_say(table: Path, fitted: tuple[Path, Outcome], tmp_path: Path) -> None:
    refused(tmp_path, "fit", table, "--label", ESCAPE, "--out", tmp_path / "out")
    refused(tmp_path, "evaluate", fitted[0], table, "--text", COLUMNS[0], "--label", COLUMNS[0])
    harmless(ulmus("predict", fitted[0], table.with_name(f"no{ESCAPE}.csv")))
    harmless(ulmus(ESCAPE))
    harmless(ulmus("fit", table, f"--{ESCAPE}"))


def test_a_model_card_has_no_markup_of_its_own(fitted: tuple[Path, Outcome]) -> None:
    cards = list(fitted[0].rglob("README.md"))
    assert cards
    for card in cards:
        text = card.read_text("utf-8")
        assert COMMANDING.search(text) is None
        assert re.search(r"(?<!\\)<script", text) is None


def test_tables_hold_classes_as_they_are(
    table: Path, fitted: tuple[Path, Outcome], tmp_path: Path
) -> None:
    """Escaped for a spreadsheet, the labels would be others; SECURITY.md says so."""
    done("predict", fitted[0], table, "--text", COLUMNS[0], "--out", tmp_path / "p.csv")
    with (tmp_path / "p.csv").open(encoding="utf-8", newline="") as file:
        assert {row["label"] for row in csv.DictReader(file)} <= set(CLASSES.values())


def test_pictures_are_drawn(fitted: tuple[Path, Outcome]) -> None:
    pictures = {path.name for path in fitted[0].glob("*.png")}
    assert {"confusion.png", "reliability.png", "history.png"} <= pictures


class ColourTerminal(TextIOWrapper):
    """A terminal that obeys what is written to it."""

    def __init__(self, content: BytesIO, _encoding: str) -> None:
        super().__init__(content, "utf-8")

    def isatty(self) -> bool:
        return True


def test_texts_and_classes_on_a_terminal(table: Path, fitted: tuple[Path, Outcome]) -> None:
    model, _ = fitted
    generate = ("generate", model / "language-model", "--prompt", HOSTILE, "--max-tokens", "3")
    predict = ("predict", model, table, "--text", COLUMNS[0])
    for command in (generate, (*generate, "--stream"), (*generate, "--log-probabilities"), predict):
        said = ulmus(*command, stream=ColourTerminal).out
        assert r"\x9b31" in said
        assert COMMANDING.search(said.replace("\r\n", "")) is None


def test_texts_and_classes_in_a_pipe_stay_as_they_are(
    table: Path, fitted: tuple[Path, Outcome], tmp_path: Path
) -> None:
    model, _ = fitted
    command = ("predict", model, table, "--text", COLUMNS[0])
    done(*command, "--out", tmp_path / "p.csv")
    assert done(*command).out.encode() == (tmp_path / "p.csv").read_bytes()
    generate = ("generate", model / "language-model", "--prompt", HOSTILE, "--max-tokens", "3")
    assert "\x9b" in done(*generate).out
