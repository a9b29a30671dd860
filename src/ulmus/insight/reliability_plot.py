"""A picture of how often a classifier is right beside how sure it is."""

from pathlib import Path

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from ulmus.files import atomic_file

DOTS_PER_INCH = 120
BAR_COLOUR = "#2f6690"
LINE_COLOUR = "#b8bec6"


def plot_reliability(
    path: Path,
    counts: NDArray[np.int64],
    confidence: NDArray[np.float64],
    accuracy: NDArray[np.float64],
    *,
    expected_error: float,
) -> None:
    """Draw a bar for each range of confidence: as high as answers in it are right.

    Where the classifier is as often right as it says, bars end on the diagonal; a small mark
    shows the mean confidence of each. Below stands how many answers each range holds.

    Args:
        path: The PNG file.
        counts: Answers in each of equal ranges of the answer's probability.
        confidence: The mean of that probability in each.
        accuracy: The share of right answers in each.
        expected_error: The mean gap of both, for the title.

    Shapes:
        counts, confidence, accuracy: (R,).

    Raises:
        OutputError: The file cannot be written.
    """
    filled = counts > 0
    width = 1 / len(counts)
    centres = (np.arange(len(counts)) + 0.5) * width
    figure = Figure(figsize=(5, 5.5), layout="constrained")
    upper, lower = figure.subplots(2, 1, sharex=True, height_ratios=(4, 1))
    upper.plot([0, 1], [0, 1], color=LINE_COLOUR, linewidth=1)
    upper.bar(centres[filled], accuracy[filled], 0.9 * width, color=BAR_COLOUR, alpha=0.75)
    upper.plot(confidence[filled], confidence[filled], "k_", markersize=9)
    upper.set_ylabel("share of right answers")
    upper.set_ylim(0, 1.02)
    upper.set_title(
        f"Expected calibration error {expected_error:.3f}",
        loc="left",
        fontsize=11,
        fontweight="bold",
    )
    lower.bar(centres, counts, 0.9 * width, color=LINE_COLOUR)
    lower.set_ylabel("answers")
    lower.set_xlabel("probability of the answer")
    lower.set_xlim(0, 1)
    for axes in (upper, lower):
        axes.spines[["top", "right"]].set_visible(False)
    with atomic_file(path) as temporary:
        figure.savefig(temporary, format="png", dpi=DOTS_PER_INCH)
