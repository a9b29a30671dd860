"""What scikit-learn calls y: a class for each text, or an indicator matrix of tags."""

import warnings
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import column_or_1d

from ulmus.errors import LabelError, UlmusWarning
from ulmus.estimators.indicators import column_names, indicators, table_of
from ulmus.recipes.labelled_split import check_labels
from ulmus.text.sources import Document
from ulmus.text.targets import SEPARATOR, TargetKind

SHOWN_TAGS = 20


class Labels(NamedTuple):
    """Labels as a corpus is told them.

    Attributes:
        kind: Classes or tags.
        classes: The classes in sorted order, or the names of the matrix' columns.
        learned: Numbers of those that some text has.
        ids: Label of each text. Classes and tags go by their zero-padded numbers, which sort as
            the classes do, of whatever type these are, and hold no separator.

    Shapes:
        classes: (C,)
        learned: (C,), or fewer for tags
    """

    kind: TargetKind
    classes: NDArray[Any]
    learned: NDArray[np.integer]
    ids: list[str]


def label_id(number: int) -> str:
    """Return what a corpus calls a class or a tag."""
    return f"{number:06d}"


def read_labels(labels: Any) -> Labels:
    """Return labels as a corpus is told them.

    Args:
        labels: A class for each text, or an indicator matrix: an array, a sparse one or a frame
            of 0 and 1, a column for each tag.

    Raises:
        LabelError: One class only, a class with a single document, no tag at all, or something
            that is neither classes nor an indicator matrix.
    """
    table = table_of(labels)
    if table is not None:
        return _tags(table, column_names(labels, table.shape[1]))
    found = column_or_1d(labels, warn=True)
    check_classification_targets(found)
    classes, numbers = np.unique(found, return_inverse=True)
    check_labels([Document((), str(classes[number])) for number in numbers])
    ids = [label_id(number) for number in numbers]
    return Labels("class", classes, np.arange(len(classes)), ids)


def _tags(table: Any, names: NDArray[Any]) -> Labels:
    matrix = indicators(table)
    learned = np.unique(matrix.indices)
    if not len(learned):
        raise LabelError(
            "no text has a tag",
            given=f"a matrix of {len(names)} columns",
            accepted="a 1 somewhere in it",
            remedy="Give the matrix of the texts' tags",
        )
    if unused := [str(name) for name in np.delete(names, learned)]:
        shown = ", ".join(unused[:SHOWN_TAGS]) + (", …" if len(unused) > SHOWN_TAGS else "")
        text = f"{len(unused):,} of {len(names):,} tags will never be given, as no text has them: "
        warnings.warn(text + shown, UlmusWarning, stacklevel=4)
    rows = np.split(matrix.indices, matrix.indptr[1:-1])
    ids = [SEPARATOR.join(label_id(number) for number in row) for row in rows]
    return Labels("tags", names, learned, ids)
