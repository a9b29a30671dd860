"""What a row came to, and the files that carry it from a script to the report."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from .goals import GOALS, Goal, goal
from .rounds import FOLDER, Measured
from .spread import Spread, ratios, spread

RESULTS = FOLDER / ".results"


@dataclass(frozen=True)
class Result:
    """A row's figures.

    Args:
        key: Which row.
        peer: The peer's median, in the row's unit.
        ulmus: Ours.
        ratio: How many times faster or smaller ours is.
        value: What the target speaks of, where that is not the ratio.
        product_share: At which share of the machine's own matrix product ours computes.
        peer_memory_mb: The most memory the peer's process held.
        ulmus_memory_mb: The most ours held.
        note: What else there is to say.
        not_run: Why there are no figures.
    """

    key: str
    peer: float | None = None
    ulmus: float | None = None
    ratio: Spread | None = None
    value: float | None = None
    product_share: float | None = None
    peer_memory_mb: float | None = None
    ulmus_memory_mb: float | None = None
    note: str = ""
    not_run: str | None = None

    @property
    def goal(self) -> Goal:
        """The row it belongs to."""
        return goal(self.key)

    @property
    def met(self) -> bool | None:
        """Whether the target is reached; None without one or without figures."""
        judged = self.value
        if judged is None and self.ratio is not None and self.goal.judged == "ratio":
            judged = self.ratio.median
        return self.goal.met(judged)


def compared(
    key: str, theirs: Measured, ours: Measured, *, amount: float | None = None, **more: Any
) -> Result:
    """Return the row of a job that both did, or the reason why there are no figures.

    Args:
        key: Which row.
        theirs: The peer's measurement.
        ours: The other one.
        amount: What a repetition processes; medians are amounts a second, without it seconds.
        more: Other fields of `Result`.
    """
    for side, measured in (("peer", theirs), ("ulmus", ours)):
        if measured.missing is not None:
            return Result(key, not_run=f"{side}: {measured.missing}")

    def median(measured: Measured) -> float:
        seconds = spread(measured.seconds).median
        return seconds if amount is None else amount / seconds

    return Result(
        key,
        peer=median(theirs),
        ulmus=median(ours),
        ratio=ratios(theirs.seconds, ours.seconds),
        peer_memory_mb=theirs.peak_memory_mb,
        ulmus_memory_mb=ours.peak_memory_mb,
        **more,
    )


def result_path(script: str, *, quick: bool) -> Path:
    """Return the file of a script's results."""
    return RESULTS / ("quick" if quick else "full") / f"{script}.jsonl"


def write_results(script: str, results: Iterable[Result], *, quick: bool) -> None:
    """Write a script's rows, one a line, in the place of those of its last run."""
    path = result_path(script, quick=quick)
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = [json.dumps(asdict(result)) + "\n" for result in results]
    path.write_text("".join(lines), encoding="utf-8")


def read_results(*, quick: bool) -> list[Result]:
    """Return all rows in their order; those without a result say that they were not run."""
    found: dict[str, Result] = {}
    for path in (RESULTS / ("quick" if quick else "full")).glob("*.jsonl"):
        for line in path.read_text("utf-8").splitlines():
            result = _result(json.loads(line))
            found[result.key] = result
    return [found.get(row.key) or Result(row.key, not_run="not run") for row in GOALS]


def _result(stored: Mapping[str, Any]) -> Result:
    ratio = stored["ratio"]
    return Result(**{**stored, "ratio": None if ratio is None else Spread(*ratio)})
