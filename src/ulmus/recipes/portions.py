"""Documents in portions that are answered at once."""

import queue
import threading
from collections.abc import Iterable, Iterator

from ulmus.text.sources import Document

DOCUMENTS_AT_ONCE = 1024
"""Enough to sort by length and save padding; little enough to start answering at once."""
CHARACTERS_AT_ONCE = 1 << 22
WAITING = 64
"""Documents that are read before they are asked for; few, as each may be long."""
PAUSE_SECONDS = 0.1
"""How long a portion waits for more, where documents come as somebody writes them."""


def portions(documents: Iterable[Document]) -> Iterator[list[Document]]:
    """Yield documents in portions of so many documents or characters, in their order.

    Args:
        documents: Any number of them.
    """
    portion: list[Document] = []
    characters = 0
    for document in documents:
        portion.append(document)
        characters += sum(map(len, document.columns))
        if len(portion) == DOCUMENTS_AT_ONCE or characters >= CHARACTERS_AT_ONCE:
            yield portion
            portion, characters = [], 0
    if portion:
        yield portion


def portions_as_they_come(documents: Iterable[Document]) -> Iterator[list[Document]]:
    """Yield the same, and what there is so far when nothing more comes for a while.

    Args:
        documents: Taken in a thread of their own, which ends with them or with the process.

    Raises:
        Exception: What taking them raises.
    """
    coming: queue.Queue[Document | Exception | None] = queue.Queue(WAITING)
    threading.Thread(target=_take, args=(documents, coming), daemon=True).start()
    ended = False
    while not ended:
        gathered = _Gathered(coming)
        yield from portions(gathered)
        ended = gathered.ended


def _take(
    documents: Iterable[Document], coming: "queue.Queue[Document | Exception | None]"
) -> None:
    try:
        for document in documents:
            coming.put(document)
    except Exception as error:
        coming.put(error)
    coming.put(None)


class _Gathered:
    """Documents until there is a pause; whether they have ended is known then."""

    def __init__(self, coming: "queue.Queue[Document | Exception | None]") -> None:
        self._coming = coming
        self.ended = False

    def __iter__(self) -> Iterator[Document]:
        wait = None
        while True:
            try:
                document = self._coming.get(timeout=wait)
            except queue.Empty:
                return
            if document is None:
                self.ended = True
                return
            if isinstance(document, Exception):
                raise document
            yield document
            wait = PAUSE_SECONDS
