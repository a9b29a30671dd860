"""A picture of predicted numbers beside the true ones."""

from pathlib import Path

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from ulmus.files import atomic_file

DOTS_PER_INCH = 120
DOT_COLOUR = "#2f6690"
LINE_COLOUR = "#b8bec6"
MOST_DOTS = 5_000
"""Documents that are drawn; of more, every so many."""


def plot_numbers(path: Path, true: NDArray[np.float64], predicted: NDArray[np.float64]) -> None:
    """Draw a dot a document: its number across, the one predicted upward.

    Args:
        path: The PNG file.
        true: (N,), the numbers.
        predicted: (N,), what was predicted.

    Raises:
        OutputError: The file cannot be written.
    """
    every = -(-len(true) // MOST_DOTS)
    true, predicted = true[::every], predicted[::every]
    figure = Figure(figsize=(5.5, 5.5), layout="constrained")
    axes = figure.subplots()
    ends = [min(true.min(), predicted.min()), max(true.max(), predicted.max())]
    axes.plot(ends, ends, color=LINE_COLOUR, linewidth=1, zorder=0)
    # Numbers that are grades lie upon each other: faint dots show where they are many.
    axes.plot(true, predicted, "o", color=DOT_COLOUR, markersize=4, alpha=0.35, markeredgewidth=0)
    axes.set_xlabel("true number")
    axes.set_ylabel("predicted number")
    shown = f"{len(true):,} documents" + (f", one of {every}" if every > 1 else "")
    axes.set_title(shown, loc="left", fontsize=11, fontweight="bold")
    axes.spines[["top", "right"]].set_visible(False)
    with atomic_file(path) as temporary:
        figure.savefig(temporary, format="png", dpi=DOTS_PER_INCH)
