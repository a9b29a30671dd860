"""Pictures of activations through a training run."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ulmus.files import atomic_file
from ulmus.insight.activation_stats import Series

DOTS_PER_INCH = 120
MEAN_COLOUR = "#d1603d"
ZERO_COLOUR = "#2f6690"


def plot_activations(path: Path, series: Mapping[str, Series]) -> None:
    """Draw how activations are distributed at each step, and how many of them are near zero.

    A row each: on the left a histogram a step, dark where many values lie (on a logarithmic
    scale), with their mean and one standard deviation to both sides; on the right the share of
    values near zero.

    Args:
        path: The PNG file.
        series: What was seen, by name.

    Raises:
        OutputError: The file cannot be written.
    """
    figure = Figure(figsize=(9, 0.6 + 1.3 * max(1, len(series))), layout="constrained")
    rows = figure.subplots(max(1, len(series)), 2, sharex=True, squeeze=False, width_ratios=[2, 1])
    for (left, right), (name, seen) in zip(rows, series.items(), strict=False):
        steps = [record.step for record in seen.records]
        _draw_histograms(left, seen, steps)
        left.set_title(name, loc="left", fontsize=9, fontweight="bold")
        right.plot(steps, [record.near_zero for record in seen.records], color=ZERO_COLOUR)
        right.set_ylim(0, 1)
        right.set_title("share near zero", loc="left", fontsize=9)
        right.spines[["top", "right"]].set_visible(False)
    for axes in rows[-1]:
        axes.set_xlabel("step")
    with atomic_file(path) as temporary:
        figure.savefig(temporary, format="png", dpi=DOTS_PER_INCH)


def _draw_histograms(axes: Axes, seen: Series, steps: Sequence[int]) -> None:
    if not steps:
        return
    counts = np.array([record.histogram for record in seen.records], np.float64).T  # (bins, N)
    low, high = seen.span
    half = (steps[-1] - steps[0]) / (2 * (len(steps) - 1)) if len(steps) > 1 else 0.5
    axes.imshow(
        np.log1p(counts),
        origin="lower",
        aspect="auto",
        cmap="Greys",
        extent=(steps[0] - half, steps[-1] + half, low, high),
    )
    means = np.array([record.mean for record in seen.records])
    spreads = np.array([record.deviation for record in seen.records])
    axes.plot(steps, means, color=MEAN_COLOUR, linewidth=1)
    for border in (means - spreads, means + spreads):
        axes.plot(steps, border, color=MEAN_COLOUR, linewidth=0.7, linestyle=":")
    axes.set_ylim(low, high)
