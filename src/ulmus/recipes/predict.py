"""From a source to predictions, in a stream."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice
from typing import NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from ulmus.bundle.text_classifier import Prediction as Said
from ulmus.bundle.text_classifier import TextClassifierBundle
from ulmus.text.sources import Source, SourceSettings, read_documents
from ulmus.text.targets import SEPARATOR

OF_CLASSES = ["label", "probability"]
HEADINGS = {str: OF_CLASSES, type(None): OF_CLASSES, tuple: ["tags"], float: ["number"]}
DOCUMENTS_AT_ONCE = 1024
"""Enough to sort by length and save padding; little enough to start answering at once."""


class TextOutput(Protocol):
    """What text is written to."""

    def write(self, text: str, /) -> object:
        """Write a text."""


class Prediction(NamedTuple):
    """What is said of one document.

    Attributes:
        said: Its class, its tags or its number; None where it is not sure enough of a class.
        answer: The probability of each class or tag, or the number alone.

    Shapes:
        answer: (C,).
    """

    said: Said
    answer: npt.NDArray[np.floating]


def predict_source(
    bundle: TextClassifierBundle,
    source: Source,
    settings: SourceSettings,
    *,
    abstain_below: float = 0.0,
) -> Iterator[Prediction]:
    """Yield a prediction for every document of a source, empty ones included, in its order.

    Memory does not grow with the source.

    Args:
        bundle: The classifier.
        source: The documents.
        settings: How they are read.
        abstain_below: The probability below which no class is told.
    """
    documents = read_documents(source, settings, keep_missing=True)
    while part := list(islice(documents, DOCUMENTS_AT_ONCE)):
        for row in bundle.answers([document.columns for document in part]):
            yield Prediction(bundle.named(row, abstain_below), row)


def write_predictions(
    file: TextOutput,
    predictions: Iterable[Prediction],
    labels: Sequence[str],
    *,
    all_classes: bool = False,
    separator: str = SEPARATOR,
) -> None:
    """Write predictions as CSV.

    Classes have the columns label and probability, tags the column tags, numbers the column
    number. Where no class is told the label is empty.

    Args:
        file: Where.
        predictions: What was predicted, of one kind.
        labels: Names of the classes or tags.
        all_classes: Whether a column for each class or tag follows, with its probability.
        separator: What stands between tags.
    """
    writer = csv.writer(file, lineterminator="\n")
    predictions = iter(predictions)
    first = next(predictions)  # there is one: a source without documents was refused
    writer.writerow([*HEADINGS[type(first.said)], *(labels if all_classes else ())])
    for said, answer in chain([first], predictions):
        every = (f"{value:.6f}" for value in answer) if all_classes and labels else ()
        if said is None or isinstance(said, str):
            writer.writerow([said or "", f"{answer.max():.6f}", *every])
        else:
            shown = f"{said:.10g}" if isinstance(said, float) else separator.join(said)
            writer.writerow([shown, *every])
