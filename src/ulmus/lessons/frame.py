"""What a lesson is made of: what it shows, what it checks and what it asks."""

import math
import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import torch
from pydantic import Field
from rich.table import Table
from torch import Tensor

from ulmus.errors import LessonError
from ulmus.settings import Settings

TOLERANCE = 1e-6


class LessonSettings(Settings):
    """How a lesson is run.

    Args:
        quick: Whether sizes are cut until everything takes seconds; figures then mean little.
        seed: Of everything that is drawn.
        text: A text to take in the place of the lesson's own, where it reads one.
    """

    quick: bool = False
    seed: int = Field(0, ge=0, lt=2**32)
    text: Path | None = None


class Figures(NamedTuple):
    """A table of what was found.

    Attributes:
        title: What stands above it.
        columns: The names of the columns; those that hold figures only are aligned on the right.
        rows: Its cells; numbers that are not whole are shown with four digits.
    """

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[object]]

    def as_table(self) -> Table:
        """Return the cells as a terminal shows them, below the title."""
        table = Table(box=None, pad_edge=False)
        for name, right in zip(self.columns, self._on_the_right, strict=True):
            table.add_column(name, justify="right" if right else "left")
        for row in self.rows:
            table.add_row(*map(_cell, row))
        return table

    def as_markdown(self) -> str:
        """Return title and cells in Markdown."""
        rules = ["---:" if right else "---" for right in self._on_the_right]
        rows = (self.columns, rules, *(map(_cell, row) for row in self.rows))
        table = "\n".join(f"| {' | '.join(map(_in_a_cell, row))} |" for row in rows)
        return f"**{in_markdown(self.title)}**\n\n{table}"

    @property
    def _on_the_right(self) -> list[bool]:
        """Whether a column holds figures only, for each."""
        columns = list(zip(*self.rows, strict=True)) or [()] * len(self.columns)
        return [all(map(_is_figure, column)) for column in columns]


class Check(NamedTuple):
    """Something that must be so.

    Attributes:
        what: What must be so, as a sentence without a full stop.
        passed: Whether it is.
        found: What was seen.
    """

    what: str
    passed: bool
    found: str


class Picture(NamedTuple):
    """A picture that is drawn where a folder for it is given.

    Attributes:
        name: The name of the file, without its ending.
        draw: Draws it into a PNG file.
    """

    name: str
    draw: Callable[[Path], None]


Shown = str | Figures | Check | Picture
"""What a lesson shows: a paragraph, a table, a check or a picture."""


class Question(NamedTuple):
    """A question for the reader, and a function that finds the answer."""

    text: str
    answer: Callable[[], str]


class Lesson(NamedTuple):
    """A lesson.

    Attributes:
        run: Shows one thing after the other, the checks last.
        questions: Three to five.
        beside: Names of the modules beside it that belong to what it shows.
        reads_text: Whether it reads a text that the user may replace.
    """

    run: Callable[[LessonSettings], Iterator[Shown]]
    questions: Sequence[Question]
    beside: Sequence[str] = ()
    reads_text: bool = False


def judge(checks: Sequence[Check]) -> None:
    """Take note of the checks of a lesson.

    Raises:
        LessonError: One of them failed.
    """
    failed = [check for check in checks if not check.passed]
    if failed:
        raise LessonError(
            f"{len(failed)} of {len(checks)} checks failed, the first of them: {failed[0].what}",
            given=failed[0].found,
            accepted="what the lesson claims",
            remedy="Run it again with another seed; if it fails again, report it",
        )


def in_markdown(text: str) -> str:
    """Return a text with all that Markdown would read as its own signs told as they are."""
    return re.sub(r"([*_<>|`$~\[\]#\\])", r"\\\1", text)


def same(
    what: str,
    built: Tensor | Sequence[Tensor],
    wanted: Tensor | Sequence[Tensor],
    *,
    tolerance: float = TOLERANCE,
) -> Check:
    """Return the check that tensors are equal, to rounding.

    Args:
        what: What must be so.
        built: What was built by hand.
        wanted: What the library's part gives, of the same shapes.
        tolerance: The largest difference that is rounding; 0 for whole numbers.
    """
    builts = [built] if isinstance(built, Tensor) else list(built)
    wanteds = [wanted] if isinstance(wanted, Tensor) else list(wanted)
    shapes, wanted_shapes = [list(t.shape) for t in builts], [list(t.shape) for t in wanteds]
    if shapes != wanted_shapes:
        return Check(what, False, f"shapes {shapes} and {wanted_shapes}")
    largest = max((_difference(a, b) for a, b in zip(builts, wanteds, strict=True)), default=0.0)
    return Check(what, largest <= tolerance, f"largest difference {largest:.2g}")


def at_least(what: str, value: float, limit: float) -> Check:
    """Return the check that a figure reaches a limit."""
    return Check(what, value >= limit, f"{value:.4g}, at least {limit:.4g}")


def at_most(what: str, value: float, limit: float) -> Check:
    """Return the check that a figure stays within a limit."""
    return Check(what, value <= limit, f"{value:.4g}, at most {limit:.4g}")


def gradients(loss: Tensor, parameters: Sequence[Tensor]) -> list[Tensor]:
    """Return the gradients of a loss and leave the parameters' own alone.

    Shapes:
        loss: (); returned: those of the parameters.
    """
    return list(torch.autograd.grad(loss, list(parameters), retain_graph=True))


def weighed(outputs: Tensor) -> Tensor:
    """Return one number that depends on every output in its own way, for comparing gradients.

    Shapes:
        outputs: any; returned: ().
    """
    weights = torch.linspace(-1, 1, outputs.numel(), dtype=outputs.dtype, device=outputs.device)
    return (outputs.reshape(-1) * weights).sum()


def _difference(a: Tensor, b: Tensor) -> float:
    if not a.numel():
        return 0.0
    difference = float((a.detach().double() - b.detach().double()).abs().max())
    return float("inf") if math.isnan(difference) else difference


def _is_figure(value: object) -> bool:
    return not isinstance(value, str) or value[:1] in set("0123456789+-.")


def _in_a_cell(text: str) -> str:
    """Return a cell for Markdown, its rule left alone and its spaces kept."""
    return text if set(text) <= set("-:") else in_markdown(text).replace("\n", " ")


def _cell(value: object) -> str:
    if isinstance(value, float):
        return f"{value:,.1f}" if abs(value) >= 1000 else f"{value:#.4g}"
    return f"{value:,}" if isinstance(value, int) else str(value)
