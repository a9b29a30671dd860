"""The text of ids that keep coming, and how much of it is certain."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

from ulmus.bundle.decoded_tail import DecodedTail
from ulmus.text.processor import TextProcessor
from ulmus.text.special_tokens import BEGINNING_ID, FILLER, SPECIAL_TOKENS, UNKNOWN

BETWEEN_DOCUMENTS = "\n\n"
SILENT = frozenset({*SPECIAL_TOKENS, FILLER}) - {UNKNOWN}
SHORT_TAIL = 32
"""Up to this many tokens are decoded for each that comes; of more, those that are certain are
dropped first."""
GROWTH = 128
"""A tail of which nothing can be dropped is decoded each time it has grown by this part of it."""


def text_of(processor: TextProcessor, ids: Sequence[int]) -> str:
    """Return the text of ids, with a blank line behind each document but the last.

    Args:
        processor: Ids to text.
        ids: The ids; documents of which nothing shows make no difference.
    """
    *ended, last = map(processor.decode, _documents(ids))
    return "".join(text + BETWEEN_DOCUMENTS for text in ended if text) + last


class GrowingText:
    """A text that grows by ids; later ones may change its end.

    What a special token says is done to the word behind it, a subword makes its word longer, a
    hyphen is written close or apart by what follows. All this reaches back no further than the
    last word that shows. So what the texts up to two words, one after the other, have in common
    at their beginning is certain. What is certain is not decoded again, so that the cost of a
    token does not grow with the text before it.

    Args:
        processor: Ids to text.
        ids: What is there to begin with.
    """

    def __init__(self, processor: TextProcessor, ids: Iterable[int] = ()) -> None:
        self._processor = processor
        self._ready: list[str] = []
        self._begin_document()
        for token_id in ids:
            self._append(token_id)

    def add(self, token_id: int) -> str:
        """Let the text grow by an id.

        Returns:
            What has become certain, behind all that was returned before.
        """
        self._append(token_id)
        due = len(self._tail.tokens) > self._wait and self._is_word(token_id)
        if due and not self._tail.repeats_last_word():
            self._look()
        ready = "".join(self._ready)
        self._ready.clear()
        return ready

    def _begin_document(self) -> None:
        self._tail = DecodedTail(self._processor)
        self._looked = False
        self._certain = 0  # characters of the tail's text
        self._shows = False
        self._wait = 0  # the length of the tail that needs no look yet

    def _append(self, token_id: int) -> None:
        if token_id == BEGINNING_ID and self._tail.tokens:
            self._make_certain(len(self._tail.decode()))
            if self._shows:
                self._ready.append(BETWEEN_DOCUMENTS)
            self._begin_document()
        self._tail.tokens.append(self._processor.vocabulary.token(token_id))

    def _look(self) -> None:
        before, text = self._tail.text, self._tail.decode()
        if not self._looked:
            self._looked = True
            return
        if text != before:  # else the word does not show yet, as the number of a repetition
            certain, shorter = self._certain, min(len(text), len(before))
            while certain < shorter and text[certain] == before[certain]:
                certain += 1
            self._make_certain(certain)
        if len(self._tail.tokens) > SHORT_TAIL:
            self._shorten()

    def _shorten(self) -> None:
        tail, length = self._tail.shortened(self._certain), len(self._tail.tokens)
        self._wait = length + length // GROWTH if tail is self._tail else 0
        self._certain += len(tail.text) - len(self._tail.text)
        self._tail = tail

    def _make_certain(self, certain: int) -> None:
        new = self._tail.text[self._certain : certain]
        self._ready.append(new)
        self._shows = self._shows or bool(new)
        self._certain = certain

    def _is_word(self, token_id: int) -> bool:
        """Tell whether a token may show and is no space, which a special token may swallow."""
        token = self._processor.vocabulary.token(token_id)
        return token not in SILENT and not self._processor.tokenizer.is_space(token)


def _documents(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    begins = [index for index, value in enumerate(ids) if value == BEGINNING_ID and index > 0]
    for start, end in pairwise([0, *begins, len(ids)]):
        yield ids[start:end]
