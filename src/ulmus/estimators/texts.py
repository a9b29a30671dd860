"""What scikit-learn calls X: the texts."""

from collections.abc import Iterable, Mapping, Set
from typing import Any

from ulmus.errors import SourceError


def strings(texts: Any) -> list[str]:
    """Return texts as a list.

    Args:
        texts: A list, an array or a column of a frame.

    Raises:
        SourceError: They are something else, or not all of them are strings.
    """
    is_row = isinstance(texts, Iterable) and getattr(texts, "ndim", 1) == 1
    if not is_row or isinstance(texts, str | Mapping | Set):
        raise _no_strings(texts)
    found = list(texts)
    for text in found:
        if not isinstance(text, str):
            raise _no_strings(text)
    return found


def takes_text(tags: Any) -> Any:
    """Return scikit-learn's tags of an estimator that takes a row of texts."""
    tags.input_tags.string = True
    tags.input_tags.two_d_array = False
    tags.input_tags.one_d_array = True
    return tags


def _no_strings(found: object) -> SourceError:
    return SourceError(
        "the texts are no list of strings",
        given=type(found).__name__,
        accepted="a list, array or column of strings",
        remedy="Convert them, and fill the gaps with ''",
    )
