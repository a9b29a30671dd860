"""The exercises together, in quick form."""

from pathlib import Path

import pytest

from ulmus.lessons.exercises import LESSON, scene_for
from ulmus.lessons.frame import Check, LessonSettings


def test_all_are_done_and_the_checks_come_last(
    novel: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ULMUS_DATA", raising=False)
    shown = list(LESSON.run(LessonSettings(quick=True, text=novel)))
    titles = [each for each in shown if isinstance(each, str) and each.startswith("---")]
    assert len(titles) == 9
    checks = [each for each in shown if isinstance(each, Check)]
    assert shown[-len(checks) :] == checks
    assert len(checks) == 9
    assert [check for check in checks if not check.passed] == []
    assert any("The War of the Worlds is not at hand" in each for each in shown[:-9])


def test_both_books_share_characters(data_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ULMUS_DATA", str(data_folder))
    scene = scene_for(LessonSettings())
    assert scene.other is not None
    assert scene.other.characters == scene.text.characters
    assert len(scene.text.ids) == len(scene.other.ids) == 10_000
    assert int(scene.other.ids.min()) >= 1


def test_the_answers() -> None:
    alpha, embedding, far, weights = (question.answer() for question in LESSON.questions)
    assert "alpha 2: 0.78 0.20 0.02" in alpha
    assert "1.1 GB" in embedding
    assert "an epoch is 312 steps" in far
    assert "of the 10 ideas" in weights
