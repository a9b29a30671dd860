"""Scores of predicted tags."""

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ulmus.files import atomic_text
from ulmus.text.targets import TargetKind


class TagScore(NamedTuple):
    """How predicted tags compare with the true ones.

    Attributes:
        micro_f1: F1 of all decisions, document by tag, together; frequent tags weigh most.
        macro_f1: The mean F1 of the tags that at least one document truly has.
        exact_match: The share of documents all of whose tags, and no others, were predicted.
        precision, recall, f1: Of each tag; 0 where they are not defined.
        counts: Documents that truly have each tag.
        document_count: How many documents were scored.
        labels: The tags' names.

    Shapes:
        precision, recall, f1, counts: (C,).
    """

    micro_f1: float
    macro_f1: float
    exact_match: float
    precision: NDArray[np.float64]
    recall: NDArray[np.float64]
    f1: NDArray[np.float64]
    counts: NDArray[np.int64]
    document_count: int
    labels: tuple[str, ...]

    @property
    def target(self) -> TargetKind:
        """What was predicted."""
        return "tags"

    @property
    def figures(self) -> dict[str, float]:
        """The figures by name, the one to compare models by first."""
        return {
            "micro_f1": self.micro_f1,
            "macro_f1": self.macro_f1,
            "exact_match": self.exact_match,
        }

    def write(self, path: Path) -> None:
        """Write a row a tag as CSV: tag, documents, precision, recall, F1.

        Raises:
            OutputError: The file cannot be written.
        """
        columns = (self.counts, self.precision, self.recall, self.f1)
        with atomic_text(path) as file:
            writer = csv.writer(file)
            writer.writerow(["tag", "documents", "precision", "recall", "f1"])
            for label, count, *shares in zip(self.labels, *columns, strict=True):
                writer.writerow([label, count, *(f"{share:.4f}" for share in shares)])


def score_tags(
    true: NDArray[np.bool_], predicted: NDArray[np.bool_], labels: Sequence[str]
) -> TagScore:
    """Score predictions.

    Args:
        true: Which tags each document has.
        predicted: Which it was given.
        labels: The name of each tag, in the order of the columns.

    Shapes:
        true, predicted: (N, C).
    """
    there = np.flatnonzero(true.any(0))
    # By hand: scikit-learn takes a single column for two classes.
    hits, given, wanted = (true & predicted).sum(0), predicted.sum(0), true.sum(0)
    f1 = _share(2 * hits, given + wanted)
    return TagScore(
        micro_f1=float(_share(2 * hits.sum(), given.sum() + wanted.sum())),
        macro_f1=float(f1[there].mean()) if there.size else 0.0,
        exact_match=float((true == predicted).all(1).mean()),
        precision=_share(hits, given),
        recall=_share(hits, wanted),
        f1=f1,
        counts=wanted.astype(np.int64),
        document_count=len(true),
        labels=tuple(labels),
    )


def _share(part: NDArray[np.int64], whole: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the quotients, 0 where there is nothing to divide by."""
    quotients: NDArray[np.float64] = part / np.maximum(whole, 1)
    return quotients
