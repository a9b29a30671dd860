"""The four models of the lesson, in quick form; their figures where minutes are allowed."""

import pytest

from ulmus.lessons.frame import Check, Figures, LessonSettings
from ulmus.lessons.human_numbers import LESSON, MODELS


@pytest.fixture(scope="module")
def shown() -> list[object]:
    return list(LESSON.run(LessonSettings(quick=True)))


def test_its_checks_pass(shown: list[object]) -> None:
    checks = [each for each in shown if isinstance(each, Check)]
    assert len(checks) == 10
    assert [check for check in checks if not check.passed] == []


def test_it_shows_the_first_windows_and_each_model(shown: list[object]) -> None:
    first, table = (each for each in shown if isinstance(each, Figures))
    assert first.rows[0] == ("one . two", ".", "[0, 1, 2] -> 1")
    assert [row[0] for row in table.rows] == list(MODELS)
    accuracies = [row[3] for row in table.rows]
    assert all(0.15 < accuracy < 0.7 for accuracy in accuracies)
    assert "'thousand', the most frequent target, is right 0.1517" in "".join(
        each for each in shown if isinstance(each, str)
    )


@pytest.mark.slow
def test_the_books_figures_are_reached() -> None:
    checks = [each for each in LESSON.run(LessonSettings(seed=1)) if isinstance(each, Check)]
    assert len(checks) == 14
    assert [check for check in checks if not check.passed] == []


def test_the_answers() -> None:
    answers = [question.answer() for question in LESSON.questions]
    assert "920 different windows would be right 0.506" in answers[0]
    assert "changes my logits by up to 0." in answers[1]
    assert "16,768 targets an epoch" in answers[2]
    assert "50,304 where each does" in answers[2]
    assert "784 steps deep" in answers[3]
