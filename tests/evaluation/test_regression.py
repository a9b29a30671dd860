import csv

import numpy as np
import pytest

from ulmus.evaluation.regression import score_numbers

TRUE = np.array([1.0, 2.0, 3.0, 6.0])
PREDICTED = np.array([1.0, 3.0, 3.0, 3.0])


def test_scores_of_a_small_case():
    score = score_numbers(TRUE, PREDICTED)

    assert score.mean_absolute_error == 1.0
    assert score.root_mean_squared_error == pytest.approx(2.5**0.5)
    assert score.r_squared == pytest.approx(1 - 10 / 14)
    assert next(iter(score.figures)) == "mean_absolute_error"
    assert (score.target, score.document_count) == ("number", 4)


def test_a_single_document_has_no_variance_to_explain():
    assert score_numbers(TRUE[:1], PREDICTED[1:2]).r_squared == 0.0


def test_the_numbers_as_csv(tmp_path):
    score_numbers(TRUE, PREDICTED).write(tmp_path / "numbers.csv")

    with (tmp_path / "numbers.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    assert rows == [["true", "predicted"], ["1", "1"], ["2", "3"], ["3", "3"], ["6", "3"]]


def test_large_numbers_are_written_whole(tmp_path):
    dates = np.array([1_700_000_001.25, 1_520_440.0])
    score_numbers(dates, dates - 3).write(tmp_path / "numbers.csv")

    text = (tmp_path / "numbers.csv").read_text("utf-8")
    assert text.splitlines()[1:] == ["1700000001.25,1699999998", "1520440,1520437"]
