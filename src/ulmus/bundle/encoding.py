"""From the texts a caller gives to ids, or an error that says what is no text."""

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from ulmus.errors import SourceError
from ulmus.text.processor import TextProcessor

Text = str | Sequence[str]
"""One text, or a sequence of columns where the model was trained on several."""


def encoded(processor: TextProcessor, texts: Sequence[Text]) -> list[NDArray[np.int64]]:
    """Return the ids of each text.

    Args:
        processor: Text to ids.
        texts: Texts, or sequences of columns.

    Raises:
        SourceError: A single text was given instead of a list, or something that is no text.
    """
    return [processor.encode(text) for text in checked(texts)]


def checked(texts: Sequence[Text]) -> list[Text]:
    """Return texts if they are some.

    Args:
        texts: Texts, or sequences of columns.

    Raises:
        SourceError: A single text was given instead of a list, or something that is no text.
    """
    if isinstance(texts, str):
        raise SourceError(
            "a single text was given",
            given=texts,
            accepted="a list of texts",
            remedy="Put it in a list: [text]",
        )
    return list(map(_text, texts))


def _text(text: Text) -> Text:
    if isinstance(text, str):
        return text
    columns = tuple(text) if isinstance(text, Iterable) else (text,)
    if all(isinstance(column, str) for column in columns):
        return columns
    raise SourceError(
        "something in the list is no text",
        given=repr(text),
        accepted="strings, or sequences of strings for several columns",
        remedy="Convert it, and fill the gaps with ''",
    )
