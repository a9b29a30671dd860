"""From a source to predictions, in a stream."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from itertools import chain, islice
from typing import NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from ulmus.bundle.text_classifier import Prediction as Said
from ulmus.bundle.text_classifier import TextClassifierBundle
from ulmus.recipes.portions import portions, portions_as_they_come
from ulmus.text.decompression import STANDARD_INPUT
from ulmus.text.source_content import path_list
from ulmus.text.sources import Source, SourceSettings, read_documents
from ulmus.text.targets import SEPARATOR
from ulmus.training.interruption import deferred_interruption
from ulmus.training.processes import Processes

OF_CLASSES = ["label", "probability"]
HEADINGS = {str: OF_CLASSES, type(None): OF_CLASSES, tuple: ["tags"], float: ["number"]}


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
    processes: Processes | None = None,
) -> Iterator[Prediction]:
    """Yield a prediction for every document of a source, empty ones included, in its order.

    Memory does not grow with the source. What comes through standard input is answered when
    nothing more has come for a tenth of a second, or when there is enough of it. Several processes
    read all of it, and each predicts one part of so many that follow each other; then all know the
    answers.

    Args:
        bundle: The classifier.
        source: The documents.
        settings: How they are read.
        abstain_below: The probability below which no class is told.
        processes: Who predicts; None: this process alone.
    """
    processes = processes or Processes()
    documents = read_documents(source, settings, keep_missing=True)
    cut = portions_as_they_come if path_list(source) == [STANDARD_INPUT] else portions
    rank, count = processes.part
    all_parts = cut(documents)
    while True:
        with _stopping_together(processes):
            parts = list(islice(all_parts, count))
            own = parts[rank] if rank < len(parts) else ()
            answers = bundle.answers([document.columns for document in own]) if own else ()
            everyones = processes.everyones(answers)
        if not parts:
            return
        for row in chain.from_iterable(everyones):
            yield Prediction(bundle.named(row, abstain_below), row)


@contextmanager
def _stopping_together(processes: Processes) -> Iterator[None]:
    """Let several processes obey a signal at the end of the block, where they meet.

    Most signals are torchrun's, because one of them has ended: that is what the others meet then.
    """
    with deferred_interruption() if processes.several else nullcontext() as interruption:
        yield
    if interruption is not None and interruption.asked:
        raise interruption.end()


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
