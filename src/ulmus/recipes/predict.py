"""From a source to predictions, in a stream."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import NamedTuple, TextIO

import numpy as np
import numpy.typing as npt

from ulmus.bundle.text_classifier import TextClassifierBundle
from ulmus.text.sources import Source, SourceSettings, read_documents

DOCUMENTS_AT_ONCE = 1024
"""Enough to sort by length and save padding; little enough to start answering at once."""


class Prediction(NamedTuple):
    """One document's class.

    Shapes:
        probabilities: (C,).
    """

    label: str
    probabilities: npt.NDArray[np.float32]


def predict_source(
    bundle: TextClassifierBundle, source: Source, settings: SourceSettings
) -> Iterator[Prediction]:
    """Yield a prediction for every document of a source, empty ones included, in its order.

    Memory does not grow with the source.

    Args:
        bundle: The classifier.
        source: The documents.
        settings: How they are read.
    """
    documents = read_documents(source, settings, keep_missing=True)
    while part := list(islice(documents, DOCUMENTS_AT_ONCE)):
        for row in bundle.predict_proba([document.columns for document in part]):
            yield Prediction(bundle.labels[int(row.argmax())], row)


def write_predictions(
    file: TextIO,
    predictions: Iterable[Prediction],
    labels: Sequence[str],
    *,
    all_classes: bool = False,
) -> None:
    """Write predictions as CSV: label, probability and, if asked, every class' probability."""
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(["label", "probability", *(labels if all_classes else ())])
    for label, probabilities in predictions:
        every = (f"{value:.6f}" for value in probabilities) if all_classes else ()
        writer.writerow([label, f"{probabilities.max():.6f}", *every])
