"""A lesson as a notebook: its own code in cells, what it shows below, its questions at the end.

The text is in jupytext's percent format, from which jupytext makes a notebook. In the notebook
`show` displays what on the command line is printed.
"""

import ast
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from ulmus.lessons.frame import (
    Check,
    Figures,
    Lesson,
    LessonSettings,
    Picture,
    in_markdown,
    judge,
)
from ulmus.lessons.registry import lesson_file

SETTINGS = "settings = LessonSettings(quick=False)"
"""The line to change for another form of the lesson."""

SHOW = f"from ulmus.lessons.notebook import show\n\n{SETTINGS}\nshow(LESSON, settings)"


def notebook_text(name: str) -> str:
    """Return a lesson as a script in percent format."""
    source = lesson_file(name).read_text("utf-8")
    return "\n".join(_cells(name, source))


def _cells(name: str, source: str) -> Iterator[str]:
    tree = ast.parse(source)
    docstring = ast.get_docstring(tree) or ""
    sentence, _, rest = docstring.partition("\n\n")
    yield _markdown(f"# {name}\n\n**{_joined(sentence)}**\n\n{rest}")
    yield from map(_code, _pieces(source, tree.body[1:]))
    yield _markdown("## What it shows")
    yield _code(SHOW)
    yield _markdown("## Questions")
    for number, (question, answer) in enumerate(_questions(tree), 1):
        yield _markdown(f"**{number}.** {question}")
        yield _code(f"print({answer}())")


def _pieces(source: str, statements: list[ast.stmt]) -> Iterator[str]:
    """Yield the code of each function and class, and what stands between them in one."""
    lines = source.splitlines()
    begun, end = 0, 0
    for statement in statements:
        first = min(d.lineno for d in [statement, *getattr(statement, "decorator_list", [])])
        if isinstance(statement, ast.FunctionDef | ast.ClassDef):
            if begun:
                yield _silent("\n".join(lines[begun - 1 : end]))
            yield "\n".join(lines[first - 1 : statement.end_lineno])
            begun = 0
        elif not begun:
            begun = first
        end = statement.end_lineno or first
    if begun:
        yield _silent("\n".join(lines[begun - 1 : end]))


def _silent(code: str) -> str:
    """Return code whose last line, if it is a constant's docstring, is not shown as a result."""
    return f"{code};" if code.endswith('"""') else code


def _questions(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """Yield the text of each question, and the name of the function that answers it."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Question":
            text, answer = node.args
            yield ast.literal_eval(text), ast.unparse(answer)


def _markdown(text: str) -> str:
    return "\n".join(["# %% [markdown]", *(f"# {line}".rstrip() for line in text.splitlines()), ""])


def _code(text: str) -> str:
    return f"# %%\n{text}\n"


def _joined(text: str) -> str:
    return " ".join(text.split())


def show(lesson: Lesson, settings: LessonSettings) -> None:
    """Display in a notebook what a lesson shows.

    Args:
        lesson: The lesson.
        settings: How it is run.

    Raises:
        LessonError: A check failed.
    """
    from IPython.display import Image, Markdown, display

    checks: list[Check] = []
    with TemporaryDirectory() as folder:
        for shown in lesson.run(settings):
            if isinstance(shown, Picture):
                path = Path(folder, f"{shown.name}.png")
                shown.draw(path)
                display(Image(path.read_bytes()))  # type: ignore[no-untyped-call]
            else:
                display(Markdown(_as_markdown(shown)))  # type: ignore[no-untyped-call]
            if isinstance(shown, Check):
                checks.append(shown)
    judge(checks)


def _as_markdown(shown: str | Figures | Check) -> str:
    if isinstance(shown, Check):
        mark = "✓" if shown.passed else "✗"
        return f"{mark} {in_markdown(shown.what)}: {in_markdown(shown.found)}"
    return shown.as_markdown() if isinstance(shown, Figures) else in_markdown(shown)
