"""Scores of predicted numbers."""

import csv
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import mean_absolute_error, r2_score, root_mean_squared_error

from ulmus.files import atomic_text
from ulmus.text.targets import TargetKind


class NumberScore(NamedTuple):
    """How predicted numbers compare with the true ones.

    Attributes:
        mean_absolute_error: The mean distance, in the numbers' own unit.
        root_mean_squared_error: The root of the mean squared distance, in the same unit.
        r_squared: The share of the numbers' variance that is explained; 0 is what always saying
            the mean gives, and what a single document gets.
        true: The numbers.
        predicted: What was predicted.

    Shapes:
        true, predicted: (N,).
    """

    mean_absolute_error: float
    root_mean_squared_error: float
    r_squared: float
    true: NDArray[np.float64]
    predicted: NDArray[np.float64]

    @property
    def target(self) -> TargetKind:
        """What was predicted."""
        return "number"

    @property
    def document_count(self) -> int:
        """How many documents were scored."""
        return len(self.true)

    @property
    def figures(self) -> dict[str, float]:
        """The figures by name, the one to compare models by first."""
        return {
            "mean_absolute_error": self.mean_absolute_error,
            "root_mean_squared_error": self.root_mean_squared_error,
            "r_squared": self.r_squared,
        }

    def write(self, path: Path) -> None:
        """Write a row a document as CSV: its number, and the one predicted.

        Raises:
            OutputError: The file cannot be written.
        """
        with atomic_text(path) as file:
            writer = csv.writer(file)
            writer.writerow(["true", "predicted"])
            for true, predicted in zip(self.true.tolist(), self.predicted.tolist(), strict=True):
                writer.writerow([f"{true:.15g}", f"{predicted:.10g}"])


def score_numbers(true: NDArray[np.float64], predicted: NDArray[np.float64]) -> NumberScore:
    """Score predictions.

    Shapes:
        true, predicted: (N,).
    """
    return NumberScore(
        mean_absolute_error=float(mean_absolute_error(true, predicted)),
        root_mean_squared_error=float(root_mean_squared_error(true, predicted)),
        r_squared=float(r2_score(true, predicted)) if len(true) > 1 else 0.0,
        true=true,
        predicted=predicted,
    )
