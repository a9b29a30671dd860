"""Scores of predictions, whatever is predicted."""

from collections.abc import Sequence
from typing import Any

from numpy.typing import NDArray

from ulmus.errors import LabelError
from ulmus.evaluation.classification import ClassificationScore, score_classification
from ulmus.evaluation.regression import NumberScore, score_numbers
from ulmus.evaluation.tagging import TagScore, score_tags
from ulmus.text.targets import TargetKind

DocumentScore = ClassificationScore | TagScore | NumberScore
"""Each has `figures`, by name, the one to compare models by first."""


def score_documents(
    kind: TargetKind, true: NDArray[Any], predicted: NDArray[Any], labels: Sequence[str]
) -> DocumentScore:
    """Score predictions.

    Args:
        kind: What a document is judged as.
        true: Its targets, as a corpus holds them.
        predicted: What was predicted, in the same form.
        labels: The names of the classes or tags; none for numbers.

    Shapes:
        true, predicted: (N,) int64 classes, (N, C) bool tags or (N,) float64 numbers.

    Raises:
        LabelError: There are no documents.
    """
    if not len(true):
        raise LabelError(
            "there are no documents to score",
            given=0,
            accepted="one labelled document or more",
            remedy="Give a labelled source",
        )
    if kind == "tags":
        return score_tags(true, predicted, labels)
    if kind == "number":
        return score_numbers(true, predicted)
    return score_classification(true, predicted, labels)
