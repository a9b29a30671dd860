"""Facts and figures as text."""

import math
from types import SimpleNamespace
from typing import Any

import pytest
from rich.table import Table

from ulmus.cli import showing
from ulmus.cli.showing import figure, shortened, show_facts, show_figures, show_table


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (0, "0"),
        (1234567, "1,234,567"),
        (0.0, "0.000"),
        (1.0, "1.000"),
        (0.98765, "0.9877"),
        (38.09413, "38.09"),
        (999.94, "999.9"),
        (1234.5678, "1,234.6"),
        (0.0015915, "0.001592"),
        (1e-7, "1.000e-07"),
        (math.inf, "inf"),
        (math.nan, "nan"),
        ("words", "words"),
    ],
)
def test_figures_have_four_digits(value: object, shown: str) -> None:
    assert figure(value) == shown


def test_figures_are_aligned(capsys: pytest.CaptureFixture[str]) -> None:
    show_figures([("documents", 1200), ("macro_f1", 0.5)])
    assert capsys.readouterr().out == "documents   1,200\nmacro f1   0.5000\n"
    show_figures([])
    assert capsys.readouterr().out == ""


def test_facts_are_indented_and_complete(capsys: pytest.CaptureFixture[str]) -> None:
    facts = {
        "kind": "a\x1b[2J",
        "sizes": {"hidden": 1152, "deep": {"rate": 0.004}},
        "labels": ["x", "y"],
        "nothing": None,
        "backward": False,
    }
    show_facts(facts)
    assert capsys.readouterr().out == (
        "kind: a\\x1b[2J\nsizes:\n  hidden: 1152\n  deep:\n    rate: 0.004\n"
        "labels: x, y\nbackward: False\n"
    )


def test_long_lists_are_cut() -> None:
    assert shortened(list(range(12))) == "0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11"
    assert shortened(tuple(range(14))) == "0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11 and 2 more"


def test_a_table_in_a_file_is_never_folded(capsys: pytest.CaptureFixture[str]) -> None:
    table = Table("name", "value", box=None, pad_edge=False)
    table.add_row("x" * 60, "y" * 50)
    show_table(table)
    assert capsys.readouterr().out.splitlines()[1] == f"{'x' * 60}  {'y' * 50}"


def test_a_corpus_of_many_documents(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    split: Any = SimpleNamespace(
        document_count=1000, token_count=123456, character_count=654321, unknown_count=1000
    )
    corpus: Any = SimpleNamespace(
        splits={"train": split}, vocabulary=range(60008), labels=("a", "b\n"), folder="x"
    )
    showing.show_corpus(corpus)
    assert capsys.readouterr().out == (
        "split  documents   tokens  characters  unknown\n"
        "train      1,000  123,456     654,321    0.81%\n"
        "vocabulary: 60,008 tokens\nlabels: a, b\\n\nsaved: x\n"
    )
