"""Scores of predicted classes."""

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import accuracy_score, confusion_matrix, f1_score

from ulmus.files import atomic_text
from ulmus.text.targets import TargetKind


class ClassificationScore(NamedTuple):
    """How predicted classes compare with the true ones.

    Attributes:
        accuracy: The share of documents whose class was predicted.
        macro_f1: The mean F1 of the classes that at least one document truly has. A class
            without documents counts nothing, nor does it lower the mean.
        confusion: (C, C) counts; the row is the true class, the column the predicted one.
        labels: The classes' names.
    """

    accuracy: float
    macro_f1: float
    confusion: NDArray[np.int64]
    labels: tuple[str, ...]

    @property
    def target(self) -> TargetKind:
        """What was predicted."""
        return "class"

    @property
    def document_count(self) -> int:
        """How many documents were scored."""
        return int(self.confusion.sum())

    @property
    def figures(self) -> dict[str, float]:
        """The figures by name, the one to compare models by first."""
        return {"accuracy": self.accuracy, "macro_f1": self.macro_f1}

    def write(self, path: Path) -> None:
        """Write the confusion matrix as CSV: a row a true class, named in the first column.

        Raises:
            OutputError: The file cannot be written.
        """
        with atomic_text(path) as file:
            writer = csv.writer(file)
            writer.writerow(["true \\ predicted", *self.labels])
            for label, counts in zip(self.labels, self.confusion.tolist(), strict=True):
                writer.writerow([label, *counts])


def score_classification(
    true_ids: NDArray[np.int64], predicted_ids: NDArray[np.int64], labels: Sequence[str]
) -> ClassificationScore:
    """Score predictions.

    Args:
        true_ids: For each document the id of its class.
        predicted_ids: For each document the id of the class predicted.
        labels: The name of each class, in the order of the ids.

    Returns:
        The scores; documents are weighted alike in the accuracy, classes in the macro-F1.
    """
    confusion = confusion_matrix(true_ids, predicted_ids, labels=np.arange(len(labels)))
    macro_f1 = f1_score(
        true_ids, predicted_ids, labels=np.unique(true_ids), average="macro", zero_division=0
    )
    return ClassificationScore(
        accuracy=float(accuracy_score(true_ids, predicted_ids)),
        macro_f1=float(macro_f1),
        confusion=confusion.astype(np.int64),
        labels=tuple(labels),
    )
