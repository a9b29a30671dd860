"""What verbs show: facts on standard output, progress on standard error."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

if TYPE_CHECKING:
    from ulmus.bundle.writer import Bundle
    from ulmus.corpus.reader import Corpus

SHOWN_ITEMS = 12


def output_console() -> Console:
    """Return the console for results: standard output, never wrapped where it is a file."""
    console = Console(highlight=False)
    return console if console.is_terminal else Console(highlight=False, width=120)


def progress_console() -> Console:
    """Return the console for progress: standard error."""
    return Console(stderr=True, highlight=False)


def show_corpus(corpus: "Corpus") -> None:
    """Show a corpus' splits, vocabulary and place."""
    table = Table("split", "documents", "tokens", "characters", "unknown", box=None)
    for name, split in corpus.splits.items():
        share = split.unknown_count / max(split.token_count, 1)
        counts = (split.document_count, split.token_count, split.character_count)
        table.add_row(name, *(f"{count:,}" for count in counts), f"{share:.2%}")
    console = output_console()
    console.print(table)
    console.print(f"vocabulary: {len(corpus.vocabulary):,} tokens")
    if corpus.labels:
        console.print(f"labels: {escape(_shortened(corpus.labels))}")
    console.print(f"corpus: {escape(str(corpus.folder))}", soft_wrap=True)


def show_bundle(bundle: "Bundle", folder: Path) -> None:
    """Show a model's figures and place."""
    show_facts(bundle.manifest.metrics)
    output_console().print(f"{bundle.kind}: {escape(str(folder))}", soft_wrap=True)


def show_facts(facts: Mapping[str, Any]) -> None:
    """Show nested facts as an indented list."""
    console = output_console()
    for line in _lines(facts, ""):
        console.print(escape(line), soft_wrap=True)


def _lines(facts: Mapping[str, Any], indent: str) -> list[str]:
    lines = []
    for name, value in facts.items():
        if isinstance(value, Mapping):
            lines += [f"{indent}{name}:", *_lines(value, indent + "  ")]
        elif value is not None:
            lines.append(f"{indent}{name}: {_shown(value)}")
    return lines


def _shown(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}"
    if isinstance(value, list | tuple):
        return _shortened(value)
    return str(value)


def _shortened(items: list[Any] | tuple[Any, ...]) -> str:
    shown = ", ".join(str(item) for item in items[:SHOWN_ITEMS])
    more = len(items) - SHOWN_ITEMS
    return f"{shown} and {more} more" if more > 0 else shown
