"""What scikit-learn calls y: a class for each text, or an indicator matrix of tags."""

import warnings
from numbers import Number
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
        LabelError: One class only, a class with a single document, no tag at all, a label that
            is missing, labels of different types, or something that is neither classes nor an
            indicator matrix.
    """
    table = table_of(labels)
    if table is not None:
        return _tags(table, column_names(labels, table.shape[1]))
    found = column_or_1d(labels, warn=True)
    _check_values(np.asarray(labels, dtype=object).ravel())
    check_classification_targets(found)
    classes, numbers = np.unique(found, return_inverse=True)
    check_labels([Document((), str(classes[number])) for number in numbers])
    ids = [label_id(number) for number in numbers]
    return Labels("class", classes, np.arange(len(classes)), ids)


def _check_values(values: NDArray[Any]) -> None:
    """Refuse labels that are missing, or of types that cannot be sorted together.

    As they were given: an array of text would hold `nan` and `1` as if these had been written.
    """
    first: dict[str, Any] = {}
    for value in values:
        if _is_missing(value):
            raise LabelError(
                "a label that is missing",
                given=str(value),
                accepted="a class for every text",
                remedy="Leave its text out, or give it a class of its own, such as 'unknown'",
            )
        first.setdefault(_kind(value), value)
    if len(first) > 1:
        shown = (f"{value!r} ({type(value).__name__})" for value in first.values())
        raise LabelError(
            "labels of different types",
            given=" and ".join(shown),
            accepted="labels of one type",
            remedy="Convert them, as [str(label) for label in labels] does",
        )


def _is_missing(value: Any) -> bool:
    try:
        return value is None or bool(value != value)  # noqa: PLR0124 (NaN does)
    except TypeError:  # of pandas' NA nothing is true or false
        return True


def _kind(value: Any) -> str:
    """Return the name of what a value can be sorted with."""
    if isinstance(value, Number | np.bool_):
        return "number"
    return "text" if isinstance(value, str) else type(value).__name__


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
