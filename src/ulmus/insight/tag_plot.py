"""A picture of how well each tag is told."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from ulmus.files import atomic_file
from ulmus.insight.fonts import drawable_labels

DOTS_PER_INCH = 120
BAR_COLOUR = "#2f6690"
MOST_TAGS = 60
"""Tags that are drawn, the most frequent; all of them stand in the table."""


def plot_tags(
    path: Path, f1: NDArray[np.float64], counts: NDArray[np.int64], labels: Sequence[str]
) -> None:
    """Draw the F1 of each tag, the most frequent tag on top.

    Args:
        path: The PNG file.
        f1: (C,), of each tag.
        counts: (C,), documents that have it.
        labels: The tags' names.

    Raises:
        OutputError: The file cannot be written.
    """
    order = np.argsort(-counts, kind="stable")[:MOST_TAGS]
    figure = Figure(figsize=(7, 1.2 + 0.24 * order.size), layout="constrained")
    axes = figure.subplots()
    places = np.arange(order.size)
    axes.barh(places, f1[order], color=BAR_COLOUR, height=0.7)
    for place, tag in enumerate(order):
        text = f"{f1[tag]:.2f} of {counts[tag]:,}"
        axes.text(f1[tag] + 0.01, place, text, va="center", fontsize=7)
    texts, families = drawable_labels([labels[tag] for tag in order])
    style: dict[str, Any] = {"fontfamily": families, "fontsize": 8, "parse_math": False}
    axes.set_yticks(places, texts, **style)
    axes.set_ylim(order.size - 0.4, -0.6)  # the first on top
    axes.set_xlim(0, 1.18)
    axes.set_xticks([0, 0.25, 0.5, 0.75, 1])
    axes.set_xlabel("F1, and documents that have the tag")
    shown = f"F1 of each tag ({order.size} of {counts.size})"
    axes.set_title(shown, loc="left", fontsize=11, fontweight="bold")
    axes.spines[["top", "right"]].set_visible(False)
    with atomic_file(path) as temporary:
        figure.savefig(temporary, format="png", dpi=DOTS_PER_INCH)
