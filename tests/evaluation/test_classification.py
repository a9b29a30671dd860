import csv

import numpy as np
import pytest

from ulmus.errors import OutputError
from ulmus.evaluation.classification import score_classification

TRUE = np.array([0, 0, 0, 0, 1, 1, 2, 2])
PREDICTED = np.array([0, 0, 0, 1, 1, 0, 2, 2])


def test_scores_of_a_small_case():
    score = score_classification(TRUE, PREDICTED, ["a", "b", "c"])

    assert score.accuracy == 6 / 8
    # F1: a 2*3/(4+4) = 0.75, b 2*1/(2+2) = 0.5, c 1.
    assert score.macro_f1 == pytest.approx((0.75 + 0.5 + 1) / 3)
    assert score.confusion.tolist() == [[3, 1, 0], [1, 1, 0], [0, 0, 2]]
    assert score.labels == ("a", "b", "c")


def test_a_class_that_no_document_has_counts_nothing():
    score = score_classification(np.array([0, 0]), np.array([0, 2]), ["a", "b", "c"])

    assert score.accuracy == 0.5
    assert score.macro_f1 == pytest.approx(2 / 3)  # of a alone
    assert score.confusion.tolist() == [[1, 0, 1], [0, 0, 0], [0, 0, 0]]


def test_a_class_that_is_never_predicted_lowers_the_mean_without_a_warning():
    score = score_classification(np.array([0, 1]), np.array([0, 0]), ["a", "b"])

    assert score.macro_f1 == pytest.approx((2 / 3 + 0) / 2)


def test_the_confusion_matrix_as_csv(tmp_path):
    labels = ['a, "quoted"', "ภาษาไทย", "two\nlines"]
    score_classification(TRUE, PREDICTED, labels).write(tmp_path / "confusion.csv")

    with (tmp_path / "confusion.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    assert rows[0] == ["true \\ predicted", *labels]
    assert rows[1:] == [
        [labels[0], "3", "1", "0"],
        [labels[1], "1", "1", "0"],
        [labels[2], "0", "0", "2"],
    ]
    assert [path.name for path in tmp_path.iterdir()] == ["confusion.csv"]


def test_a_confusion_matrix_that_cannot_be_written(tmp_path):
    score = score_classification(TRUE, PREDICTED, ["a", "b", "c"])
    with pytest.raises(OutputError, match="the output path is taken by something"):
        score.write(tmp_path)
