"""Some of the labels, drawn, as if the others had never been given."""

from collections import defaultdict
from dataclasses import replace
from heapq import heapify, heappop, heappush

from ulmus.corpus.hold_out import document_rank
from ulmus.errors import LabelError
from ulmus.recipes.fit_documents import FitDocuments
from ulmus.text.sources import Document

FEWEST = 2
"""Labels of each class: one to learn from, and one to judge by."""


def draw_labels(
    documents: FitDocuments, count: int, *, valid_share: float, seed: int
) -> FitDocuments:
    """Return the same documents with so many labels, some of them to judge by in training.

    Each class keeps its share of them, and two at least. The test documents stay as they are;
    the others are put aside.

    Args:
        documents: Documents whose labels are classes.
        count: How many labels are left.
        valid_share: Share of these to judge by.
        seed: Another one draws others.

    Raises:
        LabelError: There are not so many labels, or too few for the classes.
    """
    known = [*documents.split.train, *documents.split.valid]
    classes: dict[str, list[Document]] = defaultdict(list)
    for document in known:
        classes[str(document.label)].append(document)
    check_count(count, len(classes), len(known))
    shares = _shares({label: len(members) for label, members in classes.items()}, count)
    train: list[Document] = []
    valid: list[Document] = []
    rest: list[Document] = []
    for label in sorted(classes):
        drawn = sorted(classes[label], key=lambda document: document_rank(document, seed))
        rest += drawn[shares[label] :]
        drawn = drawn[: shares[label]]
        judging = min(max(1, round(valid_share * len(drawn))), len(drawn) - 1)
        valid += drawn[:judging]
        train += drawn[judging:]
    split = documents.split._replace(train=train, valid=valid)
    return replace(documents, split=split, put_aside=rest)


def check_count(count: int, classes: int, most: int) -> None:
    """Refuse a number of labels that cannot be drawn.

    Raises:
        LabelError: More than there are, or fewer than two a class.
    """
    if not FEWEST * classes <= count <= most:
        raise LabelError(
            "a number of labels that cannot be drawn",
            given=count,
            accepted=f"{FEWEST * classes} to {most}, for {classes} classes",
            remedy="Name others with --labels",
        )


def _shares(sizes: dict[str, int], count: int) -> dict[str, int]:
    """Return how many labels each class gets: two, and the rest in proportion to its size."""
    shares = {label: min(FEWEST, size) for label, size in sizes.items()}
    waiting = [(FEWEST / size, label) for label, size in sizes.items() if size > FEWEST]
    heapify(waiting)
    for _ in range(count - sum(shares.values())):
        _, label = heappop(waiting)
        shares[label] += 1
        if shares[label] < sizes[label]:
            heappush(waiting, (shares[label] / sizes[label], label))
    return shares
