"""Rows of results as a table: plain for a terminal, and in Markdown."""

from collections.abc import Sequence

from .results import Result

HEADINGS = (
    *("job", "unit", "peer", "ulmus", "ratio (min-max)", "target", "met"),
    *("share of GEMM", "peak MB, peer / ulmus"),
)


def plain_table(results: Sequence[Result]) -> str:
    """Return results for a terminal, their notes below."""
    rows = [HEADINGS, *map(_cells, results)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEADINGS))]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]
    return "\n".join([*lines, *_notes(results)])


def markdown_table(results: Sequence[Result]) -> str:
    """Return results in Markdown, their notes below."""
    lines = [_markdown_row(HEADINGS), _markdown_row(["---"] * len(HEADINGS))]
    lines += [_markdown_row(_cells(result)) for result in results]
    notes = [f"- {note}" for note in _notes(results)]
    return "\n".join([*lines, "", *notes]).rstrip()


def figure(value: float | None) -> str:
    """Return a number with three digits or so, or nothing for None."""
    if value is None:
        return ""
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"


def _cells(result: Result) -> list[str]:
    goal = result.goal
    memory = [result.peer_memory_mb, result.ulmus_memory_mb]
    shown = " / ".join(figure(value) or "-" for value in memory)
    return [
        goal.job,
        goal.unit,
        figure(result.peer),
        figure(result.ulmus),
        _ratio(result),
        goal.target,
        _met(result),
        "" if result.product_share is None else f"{result.product_share:.0%}",
        "" if memory == [None, None] else shown,
    ]


def _ratio(result: Result) -> str:
    if result.ratio is None:
        return ""
    middle, low, high = result.ratio
    return f"{middle:.2f} ({low:.2f}-{high:.2f})"


def _met(result: Result) -> str:
    if result.not_run is not None:
        return "not run"
    return {None: "", True: "yes", False: "NO"}[result.met]


def _notes(results: Sequence[Result]) -> list[str]:
    said = ((result.goal.job, result.not_run or result.note) for result in results)
    return [f"{job}: {text}" for job, text in said if text]


def _markdown_row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"
