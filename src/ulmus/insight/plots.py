"""Pictures of training and of results, as PNG files."""

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Protocol

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from ulmus.files import atomic_file

DOTS_PER_INCH = 120
TRAIN_COLOUR = "#2f6690"
VALID_COLOUR = "#d1603d"
FAINT = "#b8bec6"
LOSS_UNITS = {"mean_absolute_error": "variances of the numbers"}
LESS_IS_BETTER = {"perplexity", "mean_absolute_error"}


class EpochRow(Protocol):
    """What is drawn of an epoch."""

    @property
    def stage(self) -> str:
        """The stage's name."""

    @property
    def epoch(self) -> int:
        """Its number, 1 first."""

    @property
    def step(self) -> int:
        """Steps since the beginning of the run, at the epoch's end."""

    @property
    def train_loss(self) -> float:
        """The mean over the epoch, in nats."""

    @property
    def valid_loss(self) -> float:
        """The mean at the epoch's end, in nats."""

    @property
    def metric(self) -> float:
        """The metric at the epoch's end."""


class StepRow(Protocol):
    """What is drawn of the steps within epochs."""

    @property
    def step(self) -> int:
        """Steps since the beginning of the run."""

    @property
    def train_loss(self) -> float:
        """The mean since the row before, in nats."""


def plot_history(
    path: Path, epochs: Sequence[EpochRow], steps: Sequence[StepRow], metric_name: str
) -> None:
    """Draw the losses of a run, and below them its metric.

    Args:
        path: The PNG file.
        epochs: The epochs in order.
        steps: Steps in order; none where they were not recorded.
        metric_name: What `metric` is; perplexity and errors are best when least, all others
            when largest.

    Raises:
        OutputError: The file cannot be written.
    """
    figure = Figure(figsize=(8, 6), layout="constrained")
    above, below = figure.subplots(2, 1, sharex=True, height_ratios=[3, 2])
    ends = [row.step for row in epochs]
    above.plot(
        [row.step for row in steps],
        [row.train_loss for row in steps],
        color=FAINT,
        linewidth=1,
        label="training, by step",
    )
    train, valid = [row.train_loss for row in epochs], [row.valid_loss for row in epochs]
    above.plot(ends, train, "o-", color=TRAIN_COLOUR, markersize=4, label="training, by epoch")
    above.plot(ends, valid, "o-", color=VALID_COLOUR, markersize=4, label="validation")
    below.plot(ends, [row.metric for row in epochs], "o-", color=VALID_COLOUR, markersize=4)
    _label(above, title="Loss", y=LOSS_UNITS.get(metric_name, "nats"))
    _label(
        below, title=_metric_title(epochs, metric_name), x="step", y=metric_name.replace("_", " ")
    )
    for axes in (above, below):
        _mark_stages(axes, epochs)
    below.set_xlim(0, 1.02 * max([1, *ends, *(row.step for row in steps)]))
    below.xaxis.set_major_locator(MaxNLocator(8, integer=True))
    above.legend(frameon=False)
    _save(figure, path)


def plot_learning_rates(
    path: Path, rates: Sequence[float], losses: Sequence[float], suggestion: float
) -> None:
    """Draw the curve of a learning-rate finder and mark the rate it suggests.

    Args:
        path: The PNG file.
        rates: The rates tried, rising.
        losses: The smoothed loss at each.
        suggestion: The rate suggested.

    Raises:
        OutputError: The file cannot be written.
    """
    figure = Figure(figsize=(8, 4.5), layout="constrained")
    axes = figure.subplots()
    axes.plot(rates, losses, color=TRAIN_COLOUR)
    marked = float(np.interp(np.log(suggestion), np.log(rates), losses))
    axes.axvline(suggestion, color=FAINT, linewidth=1, zorder=0)
    axes.plot(suggestion, marked, "o", color=VALID_COLOUR)
    axes.set_xscale("log")
    _label(
        axes,
        title=f"Learning-rate finder: {suggestion:.2g} suggested",
        x="learning rate",
        y="smoothed training loss (nats)",
    )
    _save(figure, path)


def _metric_title(epochs: Sequence[EpochRow], metric_name: str) -> str:
    title = metric_name.replace("_", " ").capitalize()
    if not epochs:
        return title
    sign = -1 if metric_name in LESS_IS_BETTER else 1
    best = max(epochs, key=lambda row: sign * row.metric)
    return f"{title}: best {best.metric:.4g}, in epoch {best.epoch} of {len(epochs)}"


def _mark_stages(axes: Axes, epochs: Sequence[EpochRow]) -> None:
    borders = [a.step for a, b in pairwise(epochs) if a.stage != b.stage]
    for index, border in enumerate(borders):
        label = None if index else "next stage"
        axes.axvline(border, color=FAINT, linewidth=1, linestyle=":", zorder=0, label=label)


def _label(axes: Axes, *, title: str, x: str = "", y: str = "") -> None:
    axes.set_title(title, loc="left", fontsize=11, fontweight="bold")
    axes.set_xlabel(x)
    axes.set_ylabel(y)
    axes.spines[["top", "right"]].set_visible(False)


def _save(figure: Figure, path: Path) -> None:
    with atomic_file(path) as temporary:
        figure.savefig(temporary, format="png", dpi=DOTS_PER_INCH)
