"""The lesson about dropout: its checks, for several seeds, and its answers."""

import pytest

from ulmus.lessons.dropout_by_hand import LESSON
from ulmus.lessons.frame import Check, Figures, LessonSettings


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_its_checks_pass(seed: int) -> None:
    shown = list(LESSON.run(LessonSettings(seed=seed)))
    checks = [each for each in shown if isinstance(each, Check)]
    assert len(checks) == 13
    assert [check for check in checks if not check.passed] == []
    moments, left = (each for each in shown if isinstance(each, Figures))
    zeros, largest, mean = zip(*(row[1:] for row in moments.rows), strict=True)
    assert zeros == pytest.approx((0.4, 0.4, 0), abs=0.01)
    assert largest == pytest.approx((1 / 0.6, 1, 1))
    assert mean == pytest.approx((1, 0.6, 1), abs=0.01)
    assert len(set(left.rows[1][1:-1])) == 1  # one mask, at all steps


def test_the_answers() -> None:
    scaled, own, survivors, words = (question.answer() for question in LESSON.questions)
    assert "and 100 in use" in scaled
    assert "Dropout(0.1) drops 0.10 though a global p is 0.9" in own
    assert "10 steps: 0.006 against 0.6" in survivors
    assert "leave [0, 10, 10, 0]" in words
