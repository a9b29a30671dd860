"""The text of ids that keep coming, and how much of it is certain."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

from ulmus.text.processor import TextProcessor
from ulmus.text.special_tokens import BEGINNING_ID, FILLER, SPECIAL_TOKENS, UNKNOWN

BETWEEN_DOCUMENTS = "\n\n"
SILENT = frozenset({*SPECIAL_TOKENS, FILLER}) - {UNKNOWN}
DECODED_FOR_EACH = 128
"""Up to this many tokens a document is decoded for each token that comes; a longer one each time
it has grown by a 128th, so that the cost of a token does not grow with the text before it."""


def text_of(processor: TextProcessor, ids: Sequence[int]) -> str:
    """Return the text of ids, with a blank line where a document begins.

    Args:
        processor: Ids to text.
        ids: The ids.
    """
    return BETWEEN_DOCUMENTS.join(map(processor.decode, _documents(ids)))


class GrowingText:
    """A text that grows by ids; later ones may change its end.

    What a special token says is done to the word behind it, a subword makes its word longer, a
    hyphen is written close or apart by what follows. All this reaches back no further than the
    last word that shows. So what the texts up to two words, one after the other, have in common
    at their beginning is certain.

    Args:
        processor: Ids to text.
        ids: What is there to begin with.
    """

    def __init__(self, processor: TextProcessor, ids: Iterable[int] = ()) -> None:
        self._processor = processor
        self._before = ""
        self._document: list[int] = []
        self._decoded = 0
        self._text = ""
        self._certain = 0
        for token_id in ids:
            self._append(token_id)

    @property
    def certain(self) -> str:
        """The beginning of the text that no later id can change."""
        return self._before + self._text[: self._certain]

    def whole(self) -> str:
        """Return the text of all ids there are."""
        return self._before + self._processor.decode(self._document)

    def add(self, token_id: int) -> None:
        """Let the text grow by an id."""
        self._append(token_id)
        grown = len(self._document) - self._decoded
        if grown > len(self._document) // DECODED_FOR_EACH and self._is_word(token_id):
            self._decode()

    def _is_word(self, token_id: int) -> bool:
        """Tell whether a token may show and is no space, which a special token may swallow."""
        token = self._processor.vocabulary.token(token_id)
        return token not in SILENT and not self._processor.tokenizer.is_space(token)

    def _append(self, token_id: int) -> None:
        if token_id == BEGINNING_ID and self._document:
            self._before = self.whole() + BETWEEN_DOCUMENTS
            self._document, self._decoded = [], 0
            self._text, self._certain = "", 0
        self._document.append(token_id)

    def _decode(self) -> None:
        self._decoded = len(self._document)
        text = self._processor.decode(self._document)
        if text == self._text:
            return
        certain, shorter = self._certain, min(len(text), len(self._text))
        while certain < shorter and text[certain] == self._text[certain]:
            certain += 1
        self._text, self._certain = text, certain


def _documents(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    begins = [index for index, value in enumerate(ids) if value == BEGINNING_ID and index > 0]
    for start, end in pairwise([0, *begins, len(ids)]):
        yield ids[start:end]
