"""`ulmus lesson`."""

import itertools
import textwrap
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ulmus.cli.options import Seed

if TYPE_CHECKING:
    from ulmus.lessons.frame import Check, Picture, Question, Shown

WIDTH = 88
"""Columns of a paragraph."""

Name = Annotated[str | None, typer.Argument(help="The lesson to run.", metavar="NAME")]
Quick = Annotated[bool, typer.Option("--quick", help="Cut sizes until it takes seconds.")]
Pictures = Annotated[
    Path | None, typer.Option("--out", help="Folder for the lesson's pictures.", metavar="DIR")
]
Text = Annotated[
    Path | None,
    typer.Option("--text", help="Text to read instead of The Time Machine.", metavar="PATH"),
]


def run(
    name: Name = None,
    quick: Quick = False,
    out: Pictures = None,
    text: Text = None,
    seed: Seed = None,
) -> None:
    """Build the books' ideas by hand, beside the library's parts.

    Without NAME the lessons are listed. A lesson prints what it shows, then its checks, then
    questions with their answers; it exits with 1 if a check fails.
    """
    from ulmus.cli.showing import say
    from ulmus.lessons.registry import NAMES, lesson_file, load_lesson, sentence

    if name is None:
        width = max(map(len, NAMES))
        say(*(f"{each:<{width}}  {sentence(each)}" for each in NAMES))
        return
    from ulmus.errors import SettingsError
    from ulmus.lessons.frame import LessonSettings, judge
    from ulmus.settings import resolve

    lesson = load_lesson(name)
    if text is not None and not lesson.reads_text:
        raise SettingsError(
            f"lesson {name!r} reads no text",
            given=text,
            accepted=", ".join(each for each in NAMES if load_lesson(each).reads_text),
            remedy="Leave --text out",
        )
    settings = resolve(LessonSettings, values={"quick": quick, "seed": seed, "text": text})
    shown = lesson.run(settings)
    first = next(shown)  # a text that cannot be read is told before anything is shown
    say(sentence(name), "The code to read beside it:")
    say(*(f"  {lesson_file(each)}" for each in (name, *lesson.beside)), "")
    found = (_show(each, out) for each in itertools.chain([first], shown))
    checks = [check for check in found if check is not None]
    _ask(lesson.questions)
    judge(checks)


def _show(shown: "Shown", out: Path | None) -> "Check | None":
    """Show one thing; return it if it is a check."""
    from ulmus.cli.showing import say, show_table
    from ulmus.lessons.frame import Check, Figures, Picture

    if isinstance(shown, Check):
        say(f"{'ok    ' if shown.passed else 'FAILED'}  {shown.what}: {shown.found}")
        return shown
    if isinstance(shown, Figures):
        say(f"{shown.title}:")
        show_table(shown.as_table())
    elif isinstance(shown, Picture):
        say(_drawn(shown, out))
    else:
        say(*textwrap.wrap(shown, WIDTH))
    say("")
    return None


def _drawn(picture: "Picture", out: Path | None) -> str:
    if out is None:
        return f"(a picture, {picture.name}.png, is drawn where --out names a folder)"
    path = out / f"{picture.name}.png"
    picture.draw(path)
    return f"drawn: {path}"


def _ask(questions: "Sequence[Question]") -> None:
    from ulmus.cli.showing import say

    for number, question in enumerate(questions, 1):
        say("", *textwrap.wrap(f"Question {number}. {question.text}", WIDTH))
        for line in question.answer().splitlines():
            say(*textwrap.wrap(line, WIDTH, initial_indent="  ", subsequent_indent="  "))
