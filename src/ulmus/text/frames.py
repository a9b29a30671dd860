"""Data frames in memory: anything that gives an Arrow stream, and pandas by slices.

Neither pandas nor polars is imported. pandas is read by its own methods, as Arrow refuses what
is common there: a column of objects with strings, numbers and NaN side by side.
"""

from collections.abc import Callable, Iterator
from typing import Any, Protocol, runtime_checkable

from ulmus.errors import SourceError
from ulmus.text.columns import Row, Wanted, column_positions, text_row

# Rows that are Python objects at one time: enough to make the cost of a batch small.
BATCH_ROWS = 1000


@runtime_checkable
class ArrowStream(Protocol):
    """A table that hands out its content through the Arrow C stream interface."""

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        """Return the capsule of the stream."""


def is_frame(source: object) -> bool:
    """Tell whether a value is a table with columns, and not a single series of values."""
    if hasattr(source, "iloc"):
        return hasattr(source, "columns")
    return isinstance(source, ArrowStream) and not is_series(source)


def is_series(source: object) -> bool:
    """Tell whether a value is one column of values: a series or a numpy array."""
    if hasattr(source, "columns"):
        return False
    return _lister(source) is not None


def series_values(source: object) -> list[object]:
    """Return the values of a series or array as a list."""
    lister = _lister(source)
    values = lister() if lister else source
    return values if isinstance(values, list) else [values]


def frame_name(frame: object) -> str:
    """Return a short name of a frame for messages."""
    return f"{type(frame).__module__.partition('.')[0]} {type(frame).__name__}"


def read_frame(frame: Any, columns: Wanted) -> Iterator[Row]:
    """Yield the rows of a pandas, polars or other Arrow frame, reduced to the chosen columns.

    Args:
        frame: The table; it is read in slices and not copied as a whole.
        columns: The columns.

    Raises:
        SourceError: A column is absent, or Arrow cannot carry the table.
    """
    if hasattr(frame, "iloc"):
        return _read_pandas(frame, columns)
    return _read_stream(frame, columns)


def batch_rows(batch: Any, columns: Wanted, *, given: object, first: int) -> Iterator[Row]:
    """Yield the rows of an Arrow record batch.

    Args:
        batch: The record batch.
        columns: The columns.
        given: The table's name for messages.
        first: The number of the batch's first row in the table, for messages.

    Raises:
        SourceError: A value is not text, not UTF-8, or beyond what Python can hold.
    """
    arrays = [batch.column(name) for name in columns.names]
    try:
        values = list(map(_values, arrays))
    except (ValueError, OverflowError) as error:
        row = first + _first_unreadable(batch)
        no_text = isinstance(error, UnicodeDecodeError)
        problem = "text that is not UTF-8" if no_text else f"a value beyond all bounds ({error})"
        raise SourceError(
            f"row {row} holds {problem}",
            given=given,
            accepted="text in UTF-8, numbers, and dates of the years 1 to 9999",
            remedy="Write the table anew from texts",
        ) from None
    for row, row_values in enumerate(zip(*values, strict=True), start=first):
        yield text_row(row_values, columns, given=given, place=f"row {row}")


def _read_pandas(frame: Any, columns: Wanted) -> Iterator[Row]:
    name = frame_name(frame)
    positions = column_positions([str(label) for label in frame.columns], columns.names, name)
    for start in range(0, len(frame), BATCH_ROWS):
        part = frame.iloc[start : start + BATCH_ROWS]
        values = [part.iloc[:, position].tolist() for position in positions]
        for row, row_values in enumerate(zip(*values, strict=True), start=start + 1):
            yield text_row(row_values, columns, given=name, place=f"row {row}")


def _read_stream(frame: Any, columns: Wanted) -> Iterator[Row]:
    import pyarrow as pa  # here, because --help has no time for it

    name = frame_name(frame)
    try:
        row = 1
        with pa.RecordBatchReader.from_stream(frame) as reader:
            column_positions(reader.schema.names, columns.names, name)
            for batch in reader:
                for start in range(0, batch.num_rows, BATCH_ROWS):
                    part = batch.slice(start, BATCH_ROWS)
                    yield from batch_rows(part, columns, given=name, first=row)
                    row += part.num_rows
    except (pa.ArrowException, UnicodeDecodeError, OSError) as error:  # Unicode: a column's name
        raise SourceError(
            f"the frame cannot be read through Arrow ({error})",
            given=name,
            accepted="a frame whose columns Arrow can carry",
            remedy="Keep only the columns of text and label",
        ) from None


def _values(array: Any) -> list[object]:
    """Return the values of an array; those that are written once, and named, are made once."""
    if not hasattr(array, "dictionary"):
        return array.to_pylist()  # type: ignore[no-any-return]
    _check_places(array)
    values = array.dictionary.to_pylist()
    return [None if index is None else values[index] for index in array.indices.to_pylist()]


def _check_places(array: Any) -> None:
    """Refuse an array of a damaged file that names values its dictionary does not have."""
    from pyarrow import ArrowIndexError
    from pyarrow.compute import min_max

    for place in min_max(array.indices).values():
        if place.is_valid and not 0 <= place.as_py() < len(array.dictionary):
            raise ArrowIndexError(f"Index {place} out of bounds")


def _first_unreadable(batch: Any) -> int:
    for row in range(batch.num_rows):
        try:
            batch.slice(row, 1).to_pylist()
        except (ValueError, OverflowError):
            return row
    return 0


def _lister(source: object) -> Callable[[], object] | None:
    names = ("tolist", "to_list", "to_pylist")  # of numpy and pandas, polars, Arrow
    return next((getattr(source, name) for name in names if hasattr(source, name)), None)
