"""Scores of predicted classes."""

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import accuracy_score, confusion_matrix, f1_score

from ulmus.errors import LabelError
from ulmus.files import atomic_file


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

    def write_confusion(self, path: Path) -> None:
        """Write the confusion matrix as CSV: a row a true class, named in the first column.

        Raises:
            OutputError: The file cannot be written.
        """
        with (
            atomic_file(path) as temporary,
            temporary.open("w", encoding="utf-8", newline="") as file,
        ):
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

    Raises:
        LabelError: There are no documents.
    """
    if not len(true_ids):
        raise LabelError(
            "there are no documents to score",
            given=0,
            accepted="one labelled document or more",
            remedy="Give a labelled source",
        )
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
