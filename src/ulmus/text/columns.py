"""Which columns of a table are asked for, and what their values are as text."""

import math
from collections.abc import Iterable, Sequence
from datetime import date, time, timedelta
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from ulmus.errors import SourceError, show

Row = tuple[str | None, ...]
SHOWN_NAMES = 20
SCALARS = (bool, int, float, Decimal, date, time, timedelta, UUID)
# Told by name, so that pandas need not be imported.
MISSING_TYPES = {"NAType", "NaTType"}


class Wanted(NamedTuple):
    """The columns asked for.

    Attributes:
        names: Their names, in the order wanted.
        separator: What joins the items of a list in the last column, where it may hold lists.
    """

    names: tuple[str, ...]
    separator: str | None = None


def column_positions(names: Sequence[str], wanted: Iterable[str], given: object) -> list[int]:
    """Return where the wanted columns stand among the names of a table.

    Args:
        names: The names of all columns, in order.
        wanted: The names asked for.
        given: The table's name for the message.

    Raises:
        SourceError: A wanted column is absent, or there are several of its name.
    """
    return [_position(names, name, given) for name in wanted]


def missing_column(name: str, names: Sequence[str], given: object) -> SourceError:
    """Return the error for a column that is not there; it tells those that are."""
    shown = ", ".join(map(show, names[:SHOWN_NAMES]))
    more = f" and {len(names) - SHOWN_NAMES} more" if len(names) > SHOWN_NAMES else ""
    return SourceError(
        f"no column {show(name)}",
        given=given,
        accepted=f"the columns there are: {shown or 'none'}{more}",
        remedy="Name the columns with --text and --label",
    )


def text_row(values: Iterable[object], columns: Wanted, *, given: object, place: str) -> Row:
    """Return the values of a row as texts, None where there is none.

    Args:
        values: One value a column.
        columns: The columns.
        given: The table's name, for the message.
        place: Where the row stands in the table, for the message.

    Raises:
        SourceError: A value is a list, a mapping or the like, or bytes that are not UTF-8; or an
            item of a list holds what is to separate them.
    """
    values = tuple(values)
    if columns.separator is not None:
        values = (*values[:-1], _joined(values[-1], columns.separator, given, place))
    try:
        return tuple(map(as_text, values))
    except (TypeError, UnicodeDecodeError):
        pairs = zip(columns.names, values, strict=True)
        name, value = next(pair for pair in pairs if not _is_text(pair))
        raise SourceError(
            f"{place}, column {name!r}: the value is no text but {type(value).__name__}",
            given=given,
            accepted="strings in UTF-8, numbers, dates and truth values",
            remedy="Turn the column into strings, or name another with --text and --label; for a "
            "label column of lists take --target tags",
        ) from None


def as_text(value: object) -> str | None:
    """Return a single value as text; None for None and NaN.

    Raises:
        TypeError: The value is not a single value.
        UnicodeDecodeError: The value is bytes that are not UTF-8.
    """
    if isinstance(value, str):
        return value if value.isascii() else without_surrogates(value)
    if value is None or type(value).__name__ in MISSING_TYPES:
        return None
    if isinstance(value, float) and math.isnan(value):
        return None
    if isinstance(value, bytes):
        return value.decode("utf-8")
    if isinstance(value, SCALARS):
        return str(value)
    if getattr(value, "shape", None) == () and hasattr(value, "item"):
        return as_text(value.item())  # a numpy scalar
    raise TypeError(type(value).__name__)


def without_surrogates(text: str) -> str:
    r"""Return text that UTF-8 can hold: pairs of surrogates joined, lone ones made U+FFFD.

    They come from JSON escapes such as `\ud83d` and from file names; nothing past this point
    could be hashed, tokenized or saved with them.
    """
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text


def _position(names: Sequence[str], name: str, given: object) -> int:
    if name not in names:
        raise missing_column(name, names, given)
    if names.count(name) > 1:
        raise SourceError(
            f"{names.count(name)} columns are named {name!r}",
            given=given,
            accepted="one column of each name that is asked for",
            remedy="Rename all but one of them",
        )
    return names.index(name)


def _joined(value: object, separator: str, given: object, place: str) -> object:
    """Return a list of texts as one; anything else, and a list of anything else, as it is."""
    to_list = getattr(value, "tolist", None)  # a numpy array
    items = value if isinstance(value, list | tuple) or to_list is None else to_list()
    if not isinstance(items, list | tuple):
        return value
    try:
        texts = [text for text in map(as_text, items) if text is not None]
    except (TypeError, UnicodeDecodeError):
        return value
    torn = next((text for text in texts if separator in text), None)
    if torn is not None:
        raise SourceError(
            f"{place}: an item of the list holds the separator {separator!r} ({torn!r})",
            given=given,
            accepted="items without it",
            remedy="Take another separator with --separator",
        )
    return separator.join(texts)


def _is_text(pair: tuple[str, object]) -> bool:
    try:
        as_text(pair[1])
    except (TypeError, UnicodeDecodeError):
        return False
    return True
