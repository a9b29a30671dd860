"""Pictures of how long documents are and how classes are filled."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import StrMethodFormatter
from numpy.typing import NDArray

from ulmus.files import atomic_file
from ulmus.insight.fonts import drawable_labels

DOTS_PER_INCH = 120
COLOURS = ("#2f6690", "#d1603d", "#3a7d44")
BINS = 40
MOST_LABELS = 60


def plot_lengths(path: Path, lengths: Mapping[str, NDArray[np.int64]]) -> None:
    """Draw how many documents have how many tokens, a line a split.

    Args:
        path: The PNG file.
        lengths: Tokens of each document, by split.

    Raises:
        OutputError: The file cannot be written.
    """
    figure = Figure(figsize=(7, 4), layout="constrained")
    axes = figure.subplots()
    longest = max(int(each.max(initial=1)) for each in lengths.values())
    borders = np.geomspace(1, longest + 1, BINS + 1).tolist()
    for colour, (name, values) in zip(COLOURS, lengths.items(), strict=False):
        label = f"{name}, {len(values):,} documents"
        axes.hist(values, borders, histtype="stepfilled", color=colour, alpha=0.25)
        axes.hist(values, borders, histtype="step", color=colour, label=label)
    axes.set_xscale("log")
    axes.xaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
    axes.set_xlabel("tokens of a document")
    axes.set_ylabel("documents")
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False)
    with atomic_file(path) as temporary:
        figure.savefig(temporary, format="png", dpi=DOTS_PER_INCH)


def plot_classes(path: Path, counts: Mapping[str, int]) -> None:
    """Draw how many training documents each class has, the largest first.

    Args:
        path: The PNG file.
        counts: Documents by class; the largest sixty are drawn.

    Raises:
        OutputError: The file cannot be written.
    """
    labels = sorted(counts, key=lambda each: (-counts[each], each))[:MOST_LABELS]
    figure = Figure(figsize=(6, 1 + 0.22 * len(labels)), layout="constrained")
    axes = figure.subplots()
    places = np.arange(len(labels))
    axes.barh(places, [counts[label] for label in labels], color=COLOURS[0])
    names, fonts = drawable_labels(labels)
    axes.set_yticks(places, names, fontfamily=fonts, parse_math=False)
    axes.invert_yaxis()
    axes.set_xlabel("training documents")
    if len(counts) > len(labels):
        axes.set_title(f"the {len(labels)} largest of {len(counts)} classes", loc="left")
    axes.spines[["top", "right"]].set_visible(False)
    with atomic_file(path) as temporary:
        figure.savefig(temporary, format="png", dpi=DOTS_PER_INCH)
