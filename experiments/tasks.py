"""Classifiers on the open data, with the defaults, beside linear models.

    python experiments/tasks.py DATA [--seeds 3] [--only rt_polarity ...] [--minutes 30]
      [--both-directions] [--pseudo-labels 0.9] [--thai MODEL ...]

English tasks start from the packaged model; the Thai one from what `make pretrained-th` made, if
that is named, else from nothing. Prints a table in Markdown: the mean of the seeds and their range.
Documents are divided by a fixed seed; the seeds that differ are those of training. Where labels are
few, each run draws others, upon one language model.
"""

import argparse
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from ulmus.bundle.reader import load_language_model
from ulmus.recipes.curve import BLENDED, MACHINE, NETWORK, REGRESSION, CurveSettings, curve
from ulmus.recipes.fit import fit
from ulmus.recipes.fit_documents import FitSources
from ulmus.recipes.fit_settings import FitSettings
from ulmus.text.languages import language_settings


class Task(NamedTuple):
    """A table of labelled texts.

    Attributes:
        name: What it is called.
        sources: From the data folder to the files.
        language: Its language's code.
        labels: How many labels are drawn; 0 for all.
    """

    name: str
    sources: Callable[[Path], FitSources]
    language: str = "en"
    labels: int = 0


def _one(folder: str) -> Callable[[Path], FitSources]:
    return lambda data: FitSources(data / folder / "all.csv")


def _divided(folder: str, *, valid: bool = False) -> Callable[[Path], FitSources]:
    def sources(data: Path) -> FitSources:
        at = data / folder
        held_out = at / "valid.csv" if valid else None
        return FitSources(at / "train.csv", valid=held_out, test=at / "test.csv")

    return sources


TASKS = (
    Task("rt_polarity", _one("rt_polarity")),
    Task("movie_reviews", _one("movie_reviews_polarity2")),
    Task("banking77", _divided("banking77")),
    Task("wisesight", _divided("thai_wisesight", valid=True), "th"),
    Task("rt_polarity, 200 labels", _one("rt_polarity"), labels=200),
    Task("banking77, 10 labels a class", _divided("banking77"), labels=770),
)
FIGURES = ("accuracy", "macro_f1")


class Row(NamedTuple):
    """What was measured of one model in one run."""

    model: str
    accuracy: float
    macro_f1: float
    minutes: float


def run(
    task: Task, data: Path, seeds: int, changes: dict[str, object], thai: Sequence[Path]
) -> Iterator[Row]:
    """Yield the figures of every model on one task, seed by seed."""
    models = [load_language_model(path) for path in thai] if task.language == "th" else None
    common = {
        "prepare": {"source": {"label": "label"}, **language_settings(task.language)},
        **changes,
    }
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder, "out")
        if task.labels:
            started = time.monotonic()
            settings = CurveSettings().with_(**common, labels=(task.labels,), draws=seeds)
            rows = curve(task.sources(data), out, settings)
            minutes = (time.monotonic() - started) / 60 / seeds
            yield from (Row(row.model, row.accuracy, row.macro_f1, minutes) for row in rows)
            return
        for seed in range(seeds):
            settings = FitSettings().with_(**common, blend=True, engine={"seed": seed})
            report = fit(task.sources(data), out, settings, language_models=models).report
            for name, figures in (
                (NETWORK, report.network_figures),
                (BLENDED, report.figures),
                (MACHINE, report.linear_figures),
                (REGRESSION, report.logistic_figures),
            ):
                yield Row(name, *(figures[each] for each in FIGURES), report.minutes)


def line(task: Task, model: str, rows: Sequence[Row]) -> str:
    """Return a row of the table."""
    shown = []
    for figure in FIGURES:
        values = [getattr(row, figure) for row in rows]
        shown.append(f"{np.mean(values):.3f} ({min(values):.3f}-{max(values):.3f})")
    minutes = np.mean([row.minutes for row in rows])
    return f"| {task.name} | {model} | {' | '.join(shown)} | {minutes:.1f} |"


def main() -> None:
    """Run all tasks and print the table as it grows."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--only", nargs="*", choices=[task.name for task in TASKS])
    parser.add_argument("--minutes", type=float)
    parser.add_argument("--both-directions", action="store_true")
    parser.add_argument("--pseudo-labels", type=float, help="for the tasks with few labels")
    parser.add_argument("--thai", nargs="*", type=Path, default=[])
    given = parser.parse_args()
    changes: dict[str, object] = {"both_directions": given.both_directions}
    print("| data | model | accuracy | macro-F1 | minutes |\n|---|---|---|---|---|", flush=True)
    for task in TASKS:
        if given.only and task.name not in given.only:
            continue
        few = {"pseudo_labels": given.pseudo_labels}
        limit = few if task.labels else {"minutes": given.minutes}
        found: dict[str, list[Row]] = {}
        for row in run(task, given.data, given.seeds, {**changes, **limit}, given.thai):
            found.setdefault(row.model, []).append(row)
        for model, rows in found.items():
            print(line(task, model, rows), flush=True)


if __name__ == "__main__":
    main()
