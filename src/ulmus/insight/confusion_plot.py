"""A picture of a confusion matrix, for two classes or hundreds, in any script."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import PowerNorm
from matplotlib.figure import Figure
from numpy.typing import NDArray

from ulmus.files import atomic_file
from ulmus.insight.fonts import drawable_labels

DOTS_PER_INCH = 120
MOST_COUNTED = 25
"""Classes up to which the counts are written into the cells."""
MOST_NAMED = 120
"""Classes up to which each is named beside the picture; more are numbered."""
LEAST_INCHES = 3.2
MOST_INCHES = 24.0
CHARACTER_INCHES = 0.085


def plot_confusion(path: Path, confusion: NDArray[np.int64], labels: Sequence[str]) -> None:
    """Draw how often each class was taken for each; colours are shares of the true class.

    Args:
        path: The PNG file.
        confusion: (C, C) counts; the row is the true class, the column the predicted one.
        labels: The classes' names.

    Raises:
        OutputError: The file cannot be written.
    """
    count = len(labels)
    cell = _cell_inches(count)
    side = count * cell
    figure = Figure(figsize=(side, side))
    axes = figure.add_axes((0, 0, 1, 1))
    shares = confusion / np.maximum(confusion.sum(1, keepdims=True), 1)
    # The square root lets a confusion of a few per cent be seen beside a diagonal near one.
    image = axes.imshow(shares, cmap="Blues", norm=PowerNorm(0.5, 0, 1))
    if count <= MOST_COUNTED:
        _write_counts(axes, confusion, shares, cell)
    if count <= MOST_NAMED:
        _name_classes(axes, labels, cell)
    axes.set_xlabel("predicted class", labelpad=8)
    axes.set_ylabel("true class", labelpad=8)
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    documents, right = int(confusion.sum()), int(np.trace(confusion))
    title = f"{right:,} of {documents:,} documents right"
    axes.set_title(title, loc="left", fontsize=11, fontweight="bold", pad=10)
    height = min(LEAST_INCHES, side) / side
    bar = figure.add_axes((1 + 0.2 / side, 1 - height, 0.14 / side, height))
    scale = figure.colorbar(image, cax=bar, ticks=[0, 0.05, 0.2, 0.5, 1])
    scale.ax.set_yticklabels(["0", "5 %", "20 %", "50 %", "100 %"])
    scale.set_label("share of the true class")
    scale.outline.set_visible(False)
    with atomic_file(path) as temporary:
        # What stands around the matrix needs room of its own: the picture grows with it.
        figure.savefig(
            temporary, format="png", dpi=DOTS_PER_INCH, bbox_inches="tight", pad_inches=0.15
        )


def _cell_inches(count: int) -> float:
    cell = 0.55 if count <= 12 else 0.42 if count <= MOST_COUNTED else 0.2
    return min(max(cell, LEAST_INCHES / count), MOST_INCHES / count)


def _write_counts(
    axes: Axes, confusion: NDArray[np.int64], shares: NDArray[np.float64], cell: float
) -> None:
    digits = len(str(confusion.max()))
    size = min(10.0, 72 * cell / (0.75 * max(digits, 3)))
    for row, column in zip(*np.nonzero(confusion), strict=True):
        colour = "white" if shares[row, column] > 0.4 else "black"
        text = str(confusion[row, column])
        axes.text(column, row, text, ha="center", va="center", color=colour, fontsize=size)


def _name_classes(axes: Axes, labels: Sequence[str], cell: float) -> None:
    texts, families = drawable_labels(labels)
    places = range(len(texts))
    longest = max(len(text) for text in texts) * CHARACTER_INCHES
    size = 9 if len(texts) <= MOST_COUNTED else 7
    # Labels are no formulas: a dollar sign is a dollar sign.
    style: dict[str, Any] = {"fontfamily": families, "fontsize": size, "parse_math": False}
    axes.set_xticks(places, texts, rotation=0 if longest < cell else 90, **style)
    axes.set_yticks(places, texts, **style)
