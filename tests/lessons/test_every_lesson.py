"""What holds for every lesson, run in its quick form."""

import ast
from pathlib import Path

import pytest

from tests.cli.running import done, refused, ulmus
from ulmus.errors import SettingsError
from ulmus.lessons.frame import Check, Lesson, Question
from ulmus.lessons.registry import NAMES, lesson_file, load_lesson, sentence

LESSONS = lesson_file(NAMES[0]).parent


@pytest.mark.parametrize("name", NAMES)
def test_it_runs_and_its_checks_pass(name: str, novel: Path) -> None:
    text = ("--text", novel) if load_lesson(name).reads_text else ()
    lines = done("lesson", name, "--quick", *text).out.splitlines()
    assert lines[0] == sentence(name)
    shown = lines[2 : lines.index("")]
    assert [Path(line.strip()).stem for line in shown] == [name, *load_lesson(name).beside]
    assert all(Path(line.strip()).is_file() for line in shown)
    passed = [line for line in lines if line.startswith("ok ")]
    assert len(passed) >= 3
    asked = [line for line in lines if line.startswith("Question ")]
    assert len(asked) == len(load_lesson(name).questions)


@pytest.mark.parametrize("name", NAMES)
def test_it_has_three_to_five_questions_and_one_sentence(name: str) -> None:
    lesson = load_lesson(name)
    assert 3 <= len(lesson.questions) <= 5
    assert all(question.text.endswith("?") for question in lesson.questions)
    assert sentence(name).endswith(".")
    assert len(sentence(name)) <= 96


@pytest.mark.parametrize("path", sorted(LESSONS.glob("*.py")), ids=lambda path: path.stem)
def test_no_file_imports_a_lesson(path: Path) -> None:
    tree = ast.parse(path.read_text("utf-8"))
    imported = {n.module for n in ast.walk(tree) if isinstance(n, ast.ImportFrom)}
    assert imported.isdisjoint({f"ulmus.lessons.{name}" for name in NAMES})


def test_the_list_names_every_lesson_with_its_sentence() -> None:
    lines = done("lesson").out.splitlines()
    assert [line.split("  ", 1)[0] for line in lines] == list(NAMES)
    assert [line.split("  ", 1)[1].strip() for line in lines] == [sentence(n) for n in NAMES]


def test_an_unknown_lesson_names_the_nearest(tmp_path: Path) -> None:
    line = refused(tmp_path, "lesson", "stream_batch")
    assert line.startswith("unknown lesson: 'stream_batch'; accepted: stream_batches")
    assert line.endswith("Did you mean 'stream_batches'?")
    with pytest.raises(SettingsError, match=r"unknown lesson: 'x'.*See 'ulmus lesson'"):
        load_lesson("x")


def test_a_text_for_a_lesson_that_reads_none_is_refused(tmp_path: Path) -> None:
    line = refused(tmp_path, "lesson", "stream_batches", "--text", "a.txt")
    assert line.startswith("lesson 'stream_batches' reads no text: 'a.txt'")
    assert line.endswith("Leave --text out.")


def test_a_failed_check_ends_with_one(monkeypatch: pytest.MonkeyPatch) -> None:
    checks = [Check("one is one", True, "1"), Check("one is two", False, "1")]
    lesson = Lesson(lambda _settings: iter(checks), [Question("Why?", lambda: "So.")])
    monkeypatch.setattr("ulmus.lessons.registry.load_lesson", lambda _name: lesson)
    outcome = ulmus("lesson", "stream_batches")
    assert outcome.code == 1
    assert outcome.out.splitlines()[4:] == [
        "ok      one is one: 1",
        "FAILED  one is two: 1",
        "",
        "Question 1. Why?",
        "  So.",
    ]
    assert outcome.err.startswith("ulmus: 1 of 2 checks failed, the first of them: one is two: '1'")
