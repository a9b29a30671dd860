"""The report of a whole run."""

from datetime import UTC, datetime

from .hardware import commit, machine_facts, version_facts
from .results import read_results
from .table import markdown_table

EXPLANATION = """\
Peer and ulmus ran in turn in the same run, each a process that built its job once. Medians are
over rounds; ratios are taken round by round, then their median, least and greatest. A ratio says
how many times less time, or memory, ulmus took. "Share of GEMM" is the training step's rate over
that of a 2048 x 2048 x 2048 matrix product in the same precision and the same rounds. Peak memory
is that of the whole process. Targets are those the project has set itself."""


def report(peer: str, *, quick: bool) -> str:
    """Return the report in Markdown.

    Args:
        peer: The peer's Python.
        quick: Whether the run was a quick one.
    """
    results = read_results(quick=quick)
    facts = {
        "date": datetime.now(UTC).date().isoformat(),
        "commit": commit(),
        "command": "make bench-quick" if quick else "make bench",
        **machine_facts(),
        **version_facts(peer),
    }
    judged = [result.met for result in results if result.met is not None]
    missing = sum(result.not_run is not None for result in results)
    lines = ["# Results", ""]
    if quick:
        lines += ["Of a quick run: small jobs, few rounds. Figures are worth nothing.", ""]
    lines += [EXPLANATION, "", "| | |", "|---|---|"]
    lines += [f"| {name} | {value} |" for name, value in facts.items()]
    lines += ["", f"{sum(judged)} of {len(judged)} targets met, {missing} rows not run.", ""]
    return "\n".join([*lines, markdown_table(results), ""])
