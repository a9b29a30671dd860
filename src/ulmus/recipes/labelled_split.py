"""Dividing labelled documents so that every class is on every side."""

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from typing import NamedTuple

from ulmus.corpus.hold_out import document_rank
from ulmus.errors import LabelError
from ulmus.text.sources import Document, SourceSettings
from ulmus.text.targets import number_of, tags_of

Parts = Callable[[Document], tuple[str, ...]]
"""What a document's label is made of."""


class LabelledSplit(NamedTuple):
    """Documents to learn from, to judge by in training, and to report on."""

    train: list[Document]
    valid: list[Document]
    test: list[Document]


def one_class(document: Document) -> tuple[str, ...]:
    """Return the parts of a label that is a class: itself, if there is one."""
    return () if document.label is None else (document.label,)


def parts_of(reading: SourceSettings) -> Parts:
    """Return what tells the parts of labels: the one class, the tags, or none of a number."""
    if reading.target == "tags":
        return lambda document: tags_of(document.label or "", reading.separator)
    if reading.target == "number":
        return _no_parts
    return one_class


def _no_parts(document: Document) -> tuple[str, ...]:
    """Return none, for a number has no parts; what is no number is told."""
    number_of(str(document.label))
    return ()


def check_labels(documents: Sequence[Document], parts: Parts = one_class) -> None:
    """Refuse documents that no classifier can be trained and judged with.

    Tags may be as rare as they like, and numbers are judged when they are read.

    Args:
        documents: All labelled documents.
        parts: What tells the parts of labels.

    Raises:
        LabelError: One class only, or a class with a single document.
    """
    counts = Counter(label for document in documents for label in parts(document))
    if parts is not one_class:
        return
    if len(counts) < 2:
        raise LabelError(
            "there is one class only",
            given=next(iter(counts), None),
            accepted="two different labels or more",
            remedy="Name the right column with --label, or add documents of another class",
        )
    single = sorted(label for label, count in counts.items() if count < 2)
    if single:
        raise LabelError(
            "a class with a single document",
            given=", ".join(single),
            accepted="two documents or more in each class",
            remedy="Add documents of this class, or leave it out",
        )


def divide(
    documents: Sequence[Document],
    *,
    valid_share: float,
    test_share: float,
    seed: int,
    parts: Parts = one_class,
) -> LabelledSplit:
    """Divide each class by the hashes of its texts.

    The order of the documents makes no difference, and copies of one text lie side by side, so
    that hardly any is both learned and judged by. Each class keeps at least one document to
    learn from; a class whose share is less than half a document lends none. A document with
    several tags is divided among those of its rarest tag, and learned from if otherwise none
    with one of its tags were; numbers are divided as one class.

    Args:
        documents: All labelled documents.
        valid_share: Share of each class held out for validation; 0 for none.
        test_share: Share of each class held out for the report; 0 for none.
        seed: Another seed divides otherwise.
        parts: What tells the parts of labels.
    """
    counts = Counter(label for document in documents for label in parts(document))
    classes: dict[str, list[Document]] = defaultdict(list)
    for document in documents:
        rarest = min(parts(document), key=lambda label: (counts[label], label), default="")
        classes[rarest].append(document)
    split = LabelledSplit([], [], [])
    for label in sorted(classes):
        members = sorted(classes[label], key=lambda document: document_rank(document, seed))
        test = min(_share_of(len(members), test_share), len(members) - 1)
        valid = min(_share_of(len(members), valid_share), len(members) - 1 - test)
        split.test.extend(members[:test])
        split.valid.extend(members[test : test + valid])
        split.train.extend(members[test + valid :])
    return with_every_label(split, parts)


def smallest_class(share: float) -> int:
    """Return how many documents a class must have to lend one for a share."""
    return math.ceil(0.5 / share)


def with_every_label(split: LabelledSplit, parts: Parts) -> LabelledSplit:
    """Return a split in which every label of a held-out document is learned from as well.

    Args:
        split: The documents; those that alone have a label move to the ones to learn from.
        parts: What tells the parts of labels.
    """
    learned = {label for document in split.train for label in parts(document)}
    train, kept = list(split.train), []
    for documents in (split.valid, split.test):
        kept.append([document for document in documents if learned.issuperset(parts(document))])
        train += [document for document in documents if not learned.issuperset(parts(document))]
    return LabelledSplit(train, *kept)


def _share_of(count: int, share: float) -> int:
    return math.floor(count * share + 0.5)  # round() would take 2.5 down and 3.5 up
