"""How often right beside how sure, worked by hand."""

import csv

import numpy as np
import pytest

from ulmus.evaluation.reliability import BIN_COUNT, reliability


def test_ranges_hold_what_belongs_to_them():
    probabilities = np.array([[0.9, 0.1], [0.95, 0.05], [0.2, 0.8], [0.55, 0.45]])
    found = reliability(np.array([0, 1, 1, 1]), probabilities)
    assert found.counts.tolist() == [0] * 8 + [1, 0, 0, 1, 0, 1, 1]
    assert found.confidence[[8, 11, 13, 14]].tolist() == [0.55, 0.8, 0.9, 0.95]
    assert found.accuracy[[8, 11, 13, 14]].tolist() == [0, 1, 1, 0]
    assert found.expected_error == pytest.approx((0.55 + 0.2 + 0.1 + 0.95) / 4)


def test_one_who_is_right_as_often_as_said_has_no_error():
    sure = np.random.default_rng(0).uniform(0.5, 1, 200_000)
    right = np.random.default_rng(1).random(200_000) < sure
    found = reliability(np.where(right, 0, 1), np.stack([sure, 1 - sure], axis=1))
    assert found.counts.sum() == 200_000
    assert found.expected_error < 0.005


def test_tags_are_answers_of_their_own():
    found = reliability(np.array([[True, False]]), np.array([[0.75, 0.4]]))
    assert found.counts.sum() == 2
    assert found.accuracy[found.counts > 0].tolist() == [1, 1]
    assert found.confidence[found.counts > 0].tolist() == [0.6, 0.75]


def test_certainty_and_none_have_a_place():
    found = reliability(np.array([0, 0]), np.array([[1.0, 0.0], [0.0, 1.0]]))
    assert found.counts[BIN_COUNT - 1] == 2
    assert found.expected_error == 0.5
    assert reliability(np.zeros(0, np.int64), np.zeros((0, 2))).expected_error == 0


def test_the_table_has_a_row_for_each_range(tmp_path):
    found = reliability(np.array([0, 1]), np.array([[0.9, 0.1], [0.95, 0.05]]))
    found.write(tmp_path / "reliability.csv")
    rows = list(csv.reader((tmp_path / "reliability.csv").read_text("utf-8").splitlines()))
    assert rows[0] == ["from", "to", "answers", "confidence", "accuracy"]
    assert len(rows) == 1 + BIN_COUNT
    assert rows[1] == ["0.0000", "0.0667", "0", "", ""]
    assert rows[15] == ["0.9333", "1.0000", "1", "0.950000", "0.000000"]
