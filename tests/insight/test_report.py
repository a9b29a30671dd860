import json
from dataclasses import replace

import pytest
from rich.console import Console

from ulmus.insight.report import FitReport

FULL = FitReport(
    classes=2,
    train_documents=8636,
    valid_documents=960,
    test_documents=1066,
    tokens=1234567,
    out_of_vocabulary=0.03124,
    perplexity_before=1812.34,
    perplexity_after=98.26,
    figures={"accuracy": 0.786, "macro_f1": 0.7853},
    linear_figures={"accuracy": 0.774, "macro_f1": 0.7738},
    minutes=11.26,
)
BARE = FitReport(
    classes=77,
    train_documents=90,
    valid_documents=10,
    tokens=100,
    out_of_vocabulary=0.0,
    figures={"accuracy": 1.0, "macro_f1": 0.5},
    minutes=0.04,
)


def changed(**changes):
    """Return the full report with some of its linear figures, or other facts, changed."""
    linear = {
        name: changes.pop(f"linear_{name}", value) for name, value in FULL.linear_figures.items()
    }
    return replace(FULL, **{"linear_figures": linear, **changes})


def shown(table):
    console = Console(width=80)
    with console.capture() as capture:
        console.print(table)
    return capture.get()


def test_the_rows_of_a_full_report():
    assert FULL.rows() == [
        ("classes", "2"),
        ("documents: train", "8,636"),
        ("documents: validation", "960"),
        ("documents: test", "1,066"),
        ("tokens", "1,234,567"),
        ("out of vocabulary", "3.12 %"),
        ("perplexity before fine-tuning", "1,812.3"),
        ("perplexity after fine-tuning", "98.3"),
        ("classifier: accuracy", "0.786"),
        ("classifier: macro-F1", "0.785"),
        ("linear baseline: accuracy", "0.774"),
        ("linear baseline: macro-F1", "0.774"),
        ("minutes", "11.3"),
    ]


def test_what_was_not_measured_is_said():
    rows = dict(BARE.rows())

    assert rows["documents: test"] == "none"
    assert rows["perplexity before fine-tuning"] == "not measured"
    assert rows["perplexity after fine-tuning"] == "not measured"
    assert rows["linear baseline: accuracy"] == "not measured"
    assert rows["linear baseline: macro-F1"] == "not measured"


@pytest.mark.parametrize(
    ("changes", "verdict"),
    [
        (
            {},
            "The classifier beats the linear baseline by 1.2 points on the 1,066 test documents "
            "(accuracy 0.786 against 0.774).",
        ),
        (
            {"linear_accuracy": 0.796, "linear_macro_f1": 0.79},
            "The linear baseline beats the classifier by 1.0 point on the 1,066 test documents "
            "(accuracy 0.786 against 0.796).",
        ),
        (
            {"linear_macro_f1": 0.8},
            "The classifier beats the linear baseline by 1.2 points on the 1,066 test documents "
            "(accuracy 0.786 against 0.774); by macro-F1 the linear baseline is ahead by 1.5.",
        ),
        (
            {"linear_accuracy": 0.8},
            "The linear baseline beats the classifier by 1.4 points on the 1,066 test documents "
            "(accuracy 0.786 against 0.800); by macro-F1 the classifier is ahead by 1.1.",
        ),
        (
            {"linear_accuracy": 0.7862, "linear_macro_f1": 0.7851},
            "The classifier and the linear baseline are even on the 1,066 test documents "
            "(accuracy 0.786 against 0.786).",
        ),
        (
            {"linear_accuracy": 0.786},
            "The classifier and the linear baseline are even on the 1,066 test documents "
            "(accuracy 0.786 against 0.786); by macro-F1 the classifier is ahead by 1.1.",
        ),
        (
            {"test_documents": None},
            "The classifier beats the linear baseline by 1.2 points on the 960 validation "
            "documents (accuracy 0.786 against 0.774).",
        ),
        (
            {"linear_figures": None},
            "No linear baseline was measured on the 1,066 test documents.",
        ),
    ],
)
def test_the_verdict_is_one_plain_sentence(changes, verdict):
    assert changed(**changes).verdict == verdict


def test_the_table_for_a_terminal():
    lines = shown(FULL.as_table()).splitlines()

    assert lines[0].strip() == "Scored on 1,066 test documents"
    assert lines[2] == "│ classes                       │         2 │"
    assert lines[6] == "│ tokens                        │ 1,234,567 │"
    assert len(lines) == 1 + 1 + 13 + 1


def test_documents_with_guessed_labels_are_counted_where_there_are_some():
    rows = changed(pseudo_labelled_documents=1234).rows()
    assert rows[2] == ("documents: pseudo-labelled", "1,234")
    assert "documents: pseudo-labelled" not in dict(FULL.rows())


def test_the_table_says_that_validation_documents_were_looked_at_before():
    text = " ".join(shown(BARE.as_table()).split())

    assert "Scored on 10 validation documents, which also chose the best epoch" in text


def test_the_json_holds_the_figures_unrounded():
    read = json.loads(json.dumps(FULL.as_json()))

    counts = ["train", "pseudo_labelled", "valid", "test"]
    assert list(read)[:5] == ["classes", *(f"{name}_documents" for name in counts)]
    assert read["pseudo_labelled_documents"] is None
    assert read["out_of_vocabulary"] == 0.03124
    assert read["macro_f1"] == 0.7853
    assert read["verdict"] == FULL.verdict
    assert BARE.as_json()["linear_accuracy"] is None
    assert read["linear_accuracy"] == 0.774


def test_errors_are_compared_by_their_share():
    report = replace(
        FULL,
        classes=0,
        figures={"mean_absolute_error": 0.45, "root_mean_squared_error": 0.7, "r_squared": 0.5},
        linear_figures={
            "mean_absolute_error": 0.5,
            "root_mean_squared_error": 0.6,
            "r_squared": 0.4,
        },
    )

    assert report.verdict == (
        "The classifier beats the linear baseline by 10.0 % on the 1,066 test documents "
        "(mean absolute error 0.450 against 0.500)."
    )
    assert report.rows()[0] == ("documents: train", "8,636")
    tiny = {name: value / 1e6 for name, value in report.figures.items()}
    assert ("classifier: mean absolute error", "4.5e-07") in replace(report, figures=tiny).rows()
    assert ("linear baseline: r squared", "0.400") in report.rows()


def test_tags_are_compared_by_micro_f1():
    report = replace(
        FULL,
        figures={"micro_f1": 0.6, "macro_f1": 0.5, "exact_match": 0.2},
        linear_figures={"micro_f1": 0.62, "macro_f1": 0.45, "exact_match": 0.3},
    )

    assert report.verdict == (
        "The linear baseline beats the classifier by 2.0 points on the 1,066 test documents "
        "(micro-F1 0.600 against 0.620); by macro-F1 the classifier is ahead by 5.0."
    )
    assert report.rows()[0] == ("tags", "2")
