"""A picture of how figures rise with the number of labels."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from ulmus.files import atomic_file

DOTS_PER_INCH = 120
COLOURS = ("#2f6690", "#3a7d44", "#d1603d", "#8d6b94", "#b8860b")


def plot_curve(
    path: Path, figures: Mapping[str, Mapping[int, Sequence[float]]], *, name: str
) -> None:
    """Draw a line a model, through the means of its draws, within their range.

    Args:
        path: The PNG file.
        figures: By the model's name and the number of labels, the figure of each draw.
        name: What the figure is.

    Raises:
        OutputError: The file cannot be written.
    """
    figure = Figure(figsize=(7, 4.5), layout="constrained")
    axes = figure.subplots()
    for colour, (model, by_count) in zip(COLOURS, figures.items(), strict=False):
        counts = sorted(by_count)
        means = [float(np.mean(by_count[count])) for count in counts]
        axes.plot(counts, means, "o-", color=colour, label=model, markersize=4, linewidth=1.5)
        low, high = ([end(by_count[count]) for count in counts] for end in (min, max))
        axes.fill_between(counts, low, high, color=colour, alpha=0.15, linewidth=0)
    counts = sorted({count for by_count in figures.values() for count in by_count})
    axes.set_xscale("log")
    axes.set_xticks(counts, [f"{count:,}" for count in counts])
    axes.minorticks_off()
    axes.set_xlabel("labels")
    axes.set_ylabel(name)
    axes.grid(axis="y", color="#e3e6ea", linewidth=0.8)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False, loc="lower right")
    with atomic_file(path) as temporary:
        figure.savefig(temporary, format="png", dpi=DOTS_PER_INCH)
