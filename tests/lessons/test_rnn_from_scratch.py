"""The character model's lesson, in quick form; its figures where minutes are allowed."""

from pathlib import Path

import pytest

from tests.cli.running import refused
from ulmus.lessons.frame import Check, Figures, LessonSettings, Picture
from ulmus.lessons.rnn_from_scratch import LESSON


@pytest.fixture(scope="module")
def shown(novel: Path) -> list[object]:
    return list(LESSON.run(LessonSettings(quick=True, text=novel)))


def test_its_checks_pass(shown: list[object]) -> None:
    checks = [each for each in shown if isinstance(each, Check)]
    assert len(checks) == 6
    assert [check for check in checks if not check.passed] == []


def test_it_shows_three_trainings_and_what_they_write(shown: list[object], tmp_path: Path) -> None:
    table, written = (each for each in shown if isinstance(each, Figures))
    assert [row[:2] for row in table.rows] == [
        ("in sequence", "1.0"),
        ("at random", "1.4 to 1.5"),
        ("in sequence, torch's layer", "-"),
    ]
    assert all(1 < float(row[2]) < 20 for row in table.rows)
    assert [len(text) for _, text in written.rows] == [65, 60] * 3
    [picture] = (each for each in shown if isinstance(each, Picture))
    picture.draw(tmp_path / "curve.png")
    assert (tmp_path / "curve.png").read_bytes().startswith(b"\x89PNG")


def test_without_text_and_network_it_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ULMUS_DATA", raising=False)
    monkeypatch.setenv("ULMUS_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")  # where nobody answers
    monkeypatch.setattr("time.sleep", lambda _seconds: None)  # between one try and the next
    here = tmp_path / "here"
    here.mkdir()
    line = refused(here, "lesson", "rnn_from_scratch")
    assert line.startswith("The Time Machine is not on this machine, nor to be had from http://")
    assert "accepted: --text PATH" in line


@pytest.mark.slow
def test_the_books_perplexities_are_reached(
    data_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ULMUS_DATA", str(data_folder))
    checks = [each for each in LESSON.run(LessonSettings()) if isinstance(each, Check)]
    assert len(checks) == 8
    assert [check for check in checks if not check.passed] == []


def test_the_answers() -> None:
    guess, random, heart, steps = (question.answer() for question in LESSON.questions)
    assert guess.startswith("28: ")
    assert "18 characters before them" in random
    assert "291,356 weights for 10,000 characters" in heart
    assert "in one piece; with the batch first it lies in pieces" in steps
