"""Which lessons there are, in the order in which they build on each other."""

import ast
import difflib
from importlib import import_module
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from ulmus.errors import SettingsError

if TYPE_CHECKING:
    from ulmus.lessons.frame import Lesson

NAMES = (
    "stream_batches",
    "human_numbers",
    "better_rnn",
    "lstm_cell",
    "dropout_by_hand",
    "exploding_gradients",
    "rnn_from_scratch",
    "exercises",
    "ulmfit",
    "generated_text",
)
"""Each is a module beside this one that holds a `LESSON`."""


def lesson_file(name: str) -> Path:
    """Return where the code of a lesson, or of what belongs to it, is for the reader."""
    return Path(str(files("ulmus.lessons").joinpath(f"{name}.py")))


def sentence(name: str) -> str:
    """Return what a lesson shows, in one sentence: the first of its docstring.

    It is read without importing the lesson, so that a list of all loads nothing heavy.
    """
    tree = ast.parse(lesson_file(name).read_text("utf-8"))
    return (ast.get_docstring(tree) or "").splitlines()[0]


def load_lesson(name: str) -> "Lesson":
    """Return a lesson.

    Raises:
        SettingsError: There is none of that name.
    """
    if name not in NAMES:
        nearest = difflib.get_close_matches(name, NAMES, n=1)
        raise SettingsError(
            "unknown lesson",
            given=name,
            accepted=", ".join(NAMES),
            remedy=f"Did you mean {nearest[0]!r}?" if nearest else "See 'ulmus lesson'",
        )
    lesson: Lesson = import_module(f"ulmus.lessons.{name}").LESSON
    return lesson
