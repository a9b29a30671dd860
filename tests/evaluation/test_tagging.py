import csv

import numpy as np
import pytest

from ulmus.evaluation.tagging import score_tags

LABELS = ["a, b", "ภาษาไทย", "never"]
TRUE = np.array([[1, 0, 0], [1, 1, 0], [0, 1, 0], [0, 0, 0]], bool)
PREDICTED = np.array([[1, 0, 0], [0, 1, 0], [1, 1, 0], [0, 0, 1]], bool)


def test_scores_of_a_small_case():
    score = score_tags(TRUE, PREDICTED, LABELS)

    # Of 5 tags given and 4 true ones, 3 are right.
    assert score.micro_f1 == pytest.approx(2 * 3 / (5 + 4))
    # The first: 1 of 2 given is right, of 2 true. The second: 2 of 2.
    assert score.macro_f1 == pytest.approx((0.5 + 1.0) / 2)
    assert score.exact_match == 0.25
    assert score.precision.tolist() == [0.5, 1.0, 0.0]
    assert score.recall.tolist() == [0.5, 1.0, 0.0]
    assert score.f1.tolist() == [0.5, 1.0, 0.0]
    assert score.counts.tolist() == [2, 2, 0]
    assert next(iter(score.figures.items())) == ("micro_f1", score.micro_f1)
    assert (score.target, score.document_count) == ("tags", 4)


def test_documents_without_any_tag():
    nothing = np.zeros((3, 2), bool)
    score = score_tags(nothing, nothing, ["a", "b"])

    assert (score.micro_f1, score.macro_f1, score.exact_match) == (0.0, 0.0, 1.0)


def test_a_single_tag():
    true, said = np.array([[True], [False], [True]]), np.array([[True], [True], [False]])
    score = score_tags(true, said, ["a"])

    assert score.f1.tolist() == [0.5]
    assert score.micro_f1 == 0.5


def test_the_table_as_csv(tmp_path):
    score_tags(TRUE, PREDICTED, LABELS).write(tmp_path / "tags.csv")

    with (tmp_path / "tags.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    assert rows == [
        ["tag", "documents", "precision", "recall", "f1"],
        ["a, b", "2", "0.5000", "0.5000", "0.5000"],
        ["ภาษาไทย", "2", "1.0000", "1.0000", "1.0000"],
        ["never", "0", "0.0000", "0.0000", "0.0000"],
    ]
