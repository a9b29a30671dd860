"""What verbs show: facts and figures on standard output, progress on standard error."""

import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer
from rich.console import Console
from rich.table import Table

from ulmus.launch import launch
from ulmus.printable import printable, printable_lines

if TYPE_CHECKING:
    from ulmus.bundle.writer import Bundle
    from ulmus.corpus.reader import Corpus
    from ulmus.recipes.predict import TextOutput

SHOWN_ITEMS = 12
FILE_WIDTH = 120
"""Columns of a table that no terminal shows."""


def progress_console() -> Console:
    """Return the console for progress: standard error, to which one process writes."""
    return Console(stderr=True, highlight=False, quiet=not launch().leads)


def say(*lines: str) -> None:
    """Write lines to standard output, never broken, with no character that commands."""
    for line in lines:
        typer.echo(printable(line))


class Terminal:
    """Standard output as a terminal: nothing that is written can command it."""

    def write(self, text: str, /) -> int:
        """Write a text with characters that command written out, line ends excepted."""
        return sys.stdout.write(printable_lines(text))


def text_output() -> "TextOutput":
    """Return standard output for texts that stay as they are in files and pipes."""
    return Terminal() if sys.stdout.isatty() else sys.stdout


def show_table(table: Table) -> None:
    """Write a table to standard output, no wider than the terminal."""
    console = Console(highlight=False, markup=False)  # [/red] is the name of a class
    if not console.is_terminal:
        console.width = FILE_WIDTH
    # Captured, so that a reader that has gone is met as anywhere else; rich would exit by itself.
    with console.capture() as capture:
        console.print(table)
    for line in capture.get().splitlines():
        typer.echo(line.rstrip())


def show_figures(figures: Iterable[tuple[str, object]]) -> None:
    """Write names and values, one pair a line, the values aligned on the right."""
    rows = [(name.replace("_", " "), figure(value)) for name, value in figures]
    name_width = max((len(name) for name, _ in rows), default=0)
    value_width = max((len(value) for _, value in rows), default=0)
    say(*(f"{name:<{name_width}}  {value:>{value_width}}" for name, value in rows))


def figure(value: object) -> str:
    """Return a measured value as text: whole numbers whole, others with four digits."""
    if isinstance(value, float):
        return f"{value:,.1f}" if abs(value) >= 1000 else f"{value:#.4g}"
    return f"{value:,}" if isinstance(value, int) else str(value)


def show_corpus(corpus: "Corpus") -> None:
    """Show a corpus' splits, vocabulary and place."""
    table = Table("split", box=None, pad_edge=False)
    for name in ("documents", "tokens", "characters", "unknown"):
        table.add_column(name, justify="right")
    for name, split in corpus.splits.items():
        share = split.unknown_count / max(split.token_count, 1)
        counts = (split.document_count, split.token_count, split.character_count)
        table.add_row(name, *(f"{count:,}" for count in counts), f"{share:.2%}")
    show_table(table)
    say(f"vocabulary: {len(corpus.vocabulary):,} tokens")
    if corpus.labels:
        say(f"labels: {shortened(corpus.labels)}")
    say(f"saved: {corpus.folder}")


def show_bundle(bundle: "Bundle", folder: Path) -> None:
    """Show a new model's figures and place."""
    manifest = bundle.manifest
    before = manifest.provenance.get("valid_perplexity_before")
    earlier = {} if before is None else {"valid_perplexity_before": before}
    show_figures({**earlier, **manifest.metrics}.items())
    say(f"saved: {folder}")


def show_facts(facts: Mapping[str, Any]) -> None:
    """Show nested facts as an indented list."""
    say(*_lines(facts, ""))


def _lines(facts: Mapping[str, Any], indent: str) -> list[str]:
    lines = []
    for name, value in facts.items():
        if isinstance(value, Mapping):
            lines += [f"{indent}{name}:", *_lines(value, indent + "  ")]
        elif isinstance(value, list | tuple):
            lines.append(f"{indent}{name}: {shortened(value)}")
        elif value is not None:
            lines.append(f"{indent}{name}: {value}")
    return lines


def shortened(items: list[Any] | tuple[Any, ...]) -> str:
    """Return the first items and how many more there are."""
    shown = ", ".join(str(item) for item in items[:SHOWN_ITEMS])
    more = len(items) - SHOWN_ITEMS
    return f"{shown} and {more} more" if more > 0 else shown
