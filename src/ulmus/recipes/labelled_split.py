"""Dividing labelled documents so that every class is on every side."""

import math
from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple

from ulmus.corpus.hold_out import document_rank
from ulmus.errors import LabelError
from ulmus.text.sources import Document


class LabelledSplit(NamedTuple):
    """Documents to learn from, to judge by in training, and to report on."""

    train: list[Document]
    valid: list[Document]
    test: list[Document]


def check_labels(documents: Sequence[Document]) -> None:
    """Refuse documents that no classifier can be trained and judged with.

    Raises:
        LabelError: One class only, or a class with a single document.
    """
    counts: dict[str | None, int] = defaultdict(int)
    for document in documents:
        counts[document.label] += 1
    if len(counts) < 2:
        raise LabelError(
            "there is one class only",
            given=next(iter(counts), None),
            accepted="two different labels or more",
            remedy="Name the right column with --label, or add documents of another class",
        )
    single = sorted(str(label) for label, count in counts.items() if count < 2)
    if single:
        raise LabelError(
            "a class with a single document",
            given=", ".join(single),
            accepted="two documents or more in each class",
            remedy="Add documents of this class, or leave it out",
        )


def divide(
    documents: Sequence[Document], *, valid_share: float, test_share: float, seed: int
) -> LabelledSplit:
    """Divide each class by the hashes of its texts.

    The order of the documents makes no difference, and copies of one text lie side by side, so
    that hardly any is both learned and judged by. Each class keeps at least one document to
    learn from; a class whose share is less than half a document lends none.

    Args:
        documents: All labelled documents.
        valid_share: Share of each class held out for validation; 0 for none.
        test_share: Share of each class held out for the report; 0 for none.
        seed: Another seed divides otherwise.
    """
    classes: dict[str | None, list[Document]] = defaultdict(list)
    for document in documents:
        classes[document.label].append(document)
    split = LabelledSplit([], [], [])
    for label in sorted(classes, key=str):
        members = sorted(classes[label], key=lambda document: document_rank(document, seed))
        test = min(_share_of(len(members), test_share), len(members) - 1)
        valid = min(_share_of(len(members), valid_share), len(members) - 1 - test)
        split.test.extend(members[:test])
        split.valid.extend(members[test : test + valid])
        split.train.extend(members[test + valid :])
    return split


def smallest_class(share: float) -> int:
    """Return how many documents a class must have to lend one for a share."""
    return math.ceil(0.5 / share)


def _share_of(count: int, share: float) -> int:
    return math.floor(count * share + 0.5)  # round() would take 2.5 down and 3.5 up
