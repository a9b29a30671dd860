"""Whether a classifier is as often right as it says it is."""

import csv
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ulmus.files import atomic_text

BIN_COUNT = 15
"""As in Guo et al., "On Calibration of Modern Neural Networks" (2017)."""


class Reliability(NamedTuple):
    """Documents by how sure the classifier was of its answer.

    Attributes:
        counts: Documents in each of fifteen equal ranges of the answer's probability.
        confidence: The mean of that probability in each range; 0 in an empty one.
        accuracy: The share of right answers in each.

    Shapes:
        counts, confidence, accuracy: (15,).
    """

    counts: NDArray[np.int64]
    confidence: NDArray[np.float64]
    accuracy: NDArray[np.float64]

    @property
    def expected_error(self) -> float:
        """The expected calibration error: the mean gap of both, weighted by documents."""
        gaps = np.abs(self.confidence - self.accuracy)
        return float((gaps * self.counts).sum() / max(self.counts.sum(), 1))

    def write(self, path: Path) -> None:
        """Write a row for each range as CSV: its ends, answers, confidence, accuracy.

        Raises:
            OutputError: The file cannot be written.
        """
        ends = np.linspace(0, 1, BIN_COUNT + 1)
        with atomic_text(path) as file:
            writer = csv.writer(file)
            writer.writerow(["from", "to", "answers", "confidence", "accuracy"])
            for low, high, count, *means in zip(ends, ends[1:], *self, strict=False):
                shown = [f"{mean:.6f}" if count else "" for mean in means]
                writer.writerow([f"{low:.4f}", f"{high:.4f}", int(count), *shown])


def reliability(targets: NDArray[Any], probabilities: NDArray[np.floating]) -> Reliability:
    """Compare how sure a classifier is with how often it is right.

    For tags each pair of document and tag is an answer of its own.

    Args:
        targets: The ids of the true classes, or the true tags.
        probabilities: Of each class or tag.

    Shapes:
        targets: (N,) int64 or (N, C) bool; probabilities: (N, C).
    """
    if targets.ndim == 2:
        sure = np.maximum(probabilities, 1 - probabilities).ravel()
        right = ((probabilities >= 0.5) == targets).ravel()
    else:
        sure = probabilities.max(1)
        right = probabilities.argmax(1) == targets
    bins = np.clip(np.ceil(sure.astype(np.float64) * BIN_COUNT).astype(np.int64) - 1, 0, None)
    counts = np.bincount(bins, minlength=BIN_COUNT)
    filled = np.maximum(counts, 1)
    return Reliability(
        counts=counts,
        confidence=np.bincount(bins, weights=sure, minlength=BIN_COUNT) / filled,
        accuracy=np.bincount(bins, weights=right, minlength=BIN_COUNT) / filled,
    )
