"""The book's better models, in quick form; their figures where minutes are allowed."""

import pytest

from ulmus.lessons.better_rnn import LESSON
from ulmus.lessons.frame import Check, Figures, LessonSettings


@pytest.fixture(scope="module")
def shown() -> list[object]:
    return list(LESSON.run(LessonSettings(quick=True)))


def test_its_checks_pass(shown: list[object]) -> None:
    checks = [each for each in shown if isinstance(each, Check)]
    assert len(checks) == 4
    assert [check for check in checks if not check.passed] == []


def test_it_shows_the_book_beside_our_own(shown: list[object]) -> None:
    table, errors = (each for each in shown if isinstance(each, Figures))
    assert [row[:2] for row in table.rows] == [
        ("LMModel5", "0.488"),
        ("LMModel6", "0.758"),
        ("LMModel7", "0.869"),
    ]
    assert len(errors.rows) == 8
    said = " ".join(each for each in shown if isinstance(each, str))
    assert "is right 0.9834 of the time, always from the 7th word on" in said
    assert "'eight thousand' is 24 times" in said
    assert "'nine thousand' 0 times" in said


@pytest.mark.slow
def test_the_books_figures_are_reached() -> None:
    checks = [each for each in LESSON.run(LessonSettings()) if isinstance(each, Check)]
    assert len(checks) == 7
    assert [check for check in checks if not check.passed] == []


def test_the_answers() -> None:
    shape, loop, tying, raw = (question.answer() for question in LESSON.questions)
    assert "2 layers: it runs" in shape
    assert "3 layers: Expected hidden[0] size (3, 4, 64), got [2, 4, 64]" in shape
    assert "8,320 weights a layer, the loop 4,160" in loop
    assert "1,920 of 70,430" in tying
    assert "cost 0.00 as they are and 1.3" in raw
