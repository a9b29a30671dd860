"""An indicator matrix: a row for each text, a column for each tag, 1 where the text has it."""

from collections import Counter
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, issparse

from ulmus.errors import LabelError

COLLECTIONS = (list, tuple, set, frozenset, np.ndarray)
KINDS = "biufO"
"""Kinds of numpy types that may hold zeros and ones."""


def table_of(labels: Any) -> Any:
    """Return labels in two dimensions, an array or a sparse one; None for a row or a column.

    Args:
        labels: Whatever labels were given.

    Raises:
        LabelError: They are lists of tags.
    """
    if issparse(labels):
        return labels
    try:
        found = np.asarray(labels)
    except ValueError:  # rows of different lengths
        raise _no_matrix(_first_collection(labels)) from None
    if found.ndim == 2 and found.shape[1] != 1:
        return found
    if found.dtype == object and found.ndim == 1 and (row := _first_collection(found)) is not None:
        raise _no_matrix(row)
    return None


def indicators(table: Any) -> csr_array:
    """Return a table of 0 and 1 with nothing but its ones, columns in order.

    Args:
        table: An array or a sparse one, (N, C), which stays as it is.

    Raises:
        LabelError: It holds something else.
    """
    try:
        if table.dtype.kind not in KINDS:
            raise TypeError(table.dtype)
        matrix = csr_array(table.astype(np.float64))
    except (TypeError, ValueError):  # texts, or objects that are no numbers
        is_array = isinstance(table, np.ndarray) and len(table)
        raise _no_matrix(table[0].tolist() if is_array else type(table).__name__) from None
    matrix.sum_duplicates()  # which sorts each row, too
    matrix.eliminate_zeros()
    others = matrix.data[matrix.data != 1]
    if len(others):
        raise _no_matrix(others[0])
    return matrix


def column_names(labels: Any, count: int) -> NDArray[Any]:
    """Return the names of a frame's columns, else the numbers of the columns.

    Args:
        labels: What was given: a frame, or no frame.
        count: How many columns there are.

    Raises:
        LabelError: Two columns have one name.
    """
    if not hasattr(labels, "columns"):
        return np.arange(count)
    given = list(labels.columns)
    repeated = [name for name, columns in Counter(map(str, given)).items() if columns > 1]
    if repeated:
        raise LabelError(
            "columns of tags that share a name",
            given=", ".join(repeated),
            accepted="a name of its own for each column",
            remedy="Rename all but one of them",
        )
    if {type(name) for name in given} in ({str}, {int}):
        return np.array(given)
    mixed = np.empty(count, object)
    mixed[:] = given
    return mixed


def _first_collection(labels: Any) -> Any:
    return next((label for label in labels if isinstance(label, COLLECTIONS)), None)


def _no_matrix(given: object) -> LabelError:
    return LabelError(
        "labels that are neither classes nor an indicator matrix",
        given=given,
        accepted="a class for each text, or a matrix of 0 and 1 with a column for each tag",
        remedy="Make the matrix from lists of tags with sklearn.preprocessing.MultiLabelBinarizer",
    )
