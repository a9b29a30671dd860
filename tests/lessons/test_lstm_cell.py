"""The lesson about cells: its checks, for several seeds, and its answers."""

import pytest

from ulmus.lessons.frame import Check, Figures, LessonSettings
from ulmus.lessons.lstm_cell import LESSON


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_its_checks_pass(seed: int) -> None:
    shown = list(LESSON.run(LessonSettings(quick=True, seed=seed)))
    checks = [each for each in shown if isinstance(each, Check)]
    assert len(checks) == 10
    assert [check for check in checks if not check.passed] == []
    gates, speeds = (each for each in shown if isinstance(each, Figures))
    after = [row[2] for row in gates.rows]
    assert after == pytest.approx([0.5, 0, 1], abs=1e-3)
    assert all(row[1] > 0 for row in speeds.rows)


def test_the_answers() -> None:
    joined, tanh, bias, weights = (question.answer() for question in LESSON.questions)
    assert "stack expects each tensor to be equal size" in joined
    assert "(3, 2, 7)" in joined
    assert tanh.count("0.4621") == 3
    assert "gives 2.1640" in tanh
    assert "bias 0: 9.5e-07" in bias
    assert "Elman 8,320; GRU 24,960; LSTM, one product 33,280" in weights
