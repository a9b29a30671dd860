"""The lesson about floods, in quick form; what it claims where minutes are allowed."""

import pytest

from ulmus.lessons.frame import Check, Figures, LessonSettings
from ulmus.lessons.generated_text import FORM_LETTERS, LESSON, QUICK, TEMPERATURES, made_world


@pytest.fixture(scope="module")
def shown() -> list[object]:
    return list(LESSON.run(LessonSettings(quick=True)))


def test_its_checks_pass(shown: list[object]) -> None:
    checks = [each for each in shown if isinstance(each, Check)]
    assert len(checks) == 3
    assert [check for check in checks if not check.passed] == []


def test_every_flood_is_searched_in_both_ways(shown: list[object]) -> None:
    examples, table = (each for each in shown if isinstance(each, Figures))
    names = [FORM_LETTERS, *(f"temperature {t}" for t in TEMPERATURES)]
    assert [row[0] for row in examples.rows] == names
    assert [row[0] for row in table.rows] == ["people's own", *names]
    for row in table.rows[1:]:
        assert all(0 <= float(value) <= 1 for value in row[3:])
    assert "xxunk" not in " ".join(str(row) for row in examples.rows)


def test_it_names_the_harm(shown: list[object]) -> None:
    said = " ".join(each for each in shown if isinstance(each, str))
    assert "is not proved to be honest" in said
    assert "those who decide are deceived" in said
    assert "only 800,000 were unique" in said


def test_nobody_learned_from_the_texts_that_are_judged() -> None:
    world = made_world(QUICK, 0)
    assert set(world.honest).isdisjoint(world.known)
    assert len(world.honest) == len(world.known) == QUICK.honest
    assert world.flooder.processor.vocabulary.tokens != world.defender.processor.vocabulary.tokens


@pytest.mark.slow
def test_what_it_claims_at_full_size() -> None:
    checks = [each for each in LESSON.run(LessonSettings()) if isinstance(each, Check)]
    assert len(checks) == 6
    assert [check for check in checks if not check.passed] == []


def test_the_answers() -> None:
    letters, precision, temperature = (question.answer() for question in LESSON.questions)
    assert letters.startswith("26,244 of 9 choices")
    assert "0.5% of all: 0.08" in precision
    assert "0.2: 0.85" in temperature
