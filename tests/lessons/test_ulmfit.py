"""The whole path in quick form, and its ideas by hand."""

from pathlib import Path

import pytest
import torch

from ulmus.lessons.frame import Check, Figures, LessonSettings
from ulmus.lessons.ulmfit import LESSON, paper_rate, pooled_by_hand, rows_by_hand
from ulmus.lessons.ulmfit_path import QUICK, read_texts


@pytest.fixture(scope="module")
def shown() -> list[object]:
    return list(LESSON.run(LessonSettings(quick=True, seed=1)))


def test_its_checks_pass(shown: list[object]) -> None:
    checks = [each for each in shown if isinstance(each, Check)]
    assert len(checks) == 4
    assert [check for check in checks if not check.passed] == []


def test_it_shows_what_each_step_came_to(shown: list[object]) -> None:
    amounts, figures, answers = (each for each in shown if isinstance(each, Figures))
    assert [row[1] for row in amounts.rows] == [60, 80, 60, 40]
    general, before, after, guessing, accuracy = (row[1] for row in figures.rows)
    assert 1 < after < before
    assert general > 1
    assert guessing == 0.5
    assert 0 <= accuracy <= 1
    assert {row[2] for row in answers.rows} <= set(QUICK.packages)


def test_no_text_of_the_end_is_learned_from() -> None:
    texts = read_texts(QUICK)
    kept = {document.text for document in texts.test}
    assert kept.isdisjoint(texts.domain)
    assert kept.isdisjoint(document.text for document in texts.labelled)
    assert {document.label for document in texts.labelled} == set(QUICK.packages)


def test_rates_rise_to_the_highest_and_fall_to_a_thirty_second() -> None:
    rates = [paper_rate(step, 100, 0.01) for step in range(101)]
    assert rates[0] == pytest.approx(0.01 / 32)
    assert rates[10] == max(rates) == pytest.approx(0.01)
    assert rates[100] == pytest.approx(0.01 / 32)
    assert rates[55] == pytest.approx(0.01 * (1 + 0.5 * 31) / 32)


def test_rows_and_pools() -> None:
    old = torch.tensor([[2.0, 0.0], [4.0, 6.0]])
    rows = rows_by_hand(old, ["a", "b"], ["c", "b", "a"])
    assert rows.tolist() == [[3, 3], [4, 6], [2, 0]]
    assert rows_by_hand(old, ["a", "a"], ["a"]).tolist() == [[2, 0]]
    assert pooled_by_hand(torch.tensor([[1.0, 5.0], [3.0, 1.0]])).tolist() == [3, 1, 3, 5, 2, 3]


@pytest.mark.slow
def test_each_step_adds_something(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    checks = [each for each in LESSON.run(LessonSettings()) if isinstance(each, Check)]
    assert len(checks) == 6
    assert [check for check in checks if not check.passed] == []


def test_the_answers() -> None:
    rates, slanted, pools, rows = (question.answer() for question in LESSON.questions)
    assert rates.startswith("0.00022, 0.00057, 0.00148, 0.00385, 0.01000")
    assert "after 10 % of the steps" in slanted
    assert "last 0.00, largest 1.00, mean 0.01" in pools
    assert "'array' keeps [3.0, 2.0]" in rows
