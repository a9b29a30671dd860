"""Documents in chunks of bounded size, and one chunk's tokens as numbers.

A chunk is the unit of work and of memory: what is read, tokenized and sent between processes
at once. It numbers its own distinct tokens, so that text crosses from a worker to the parent
once a distinct token, and every other token as an integer.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from ulmus.corpus.layout import SPLITS
from ulmus.errors import CorpusError
from ulmus.text.numbering import NumberedTokens
from ulmus.text.sources import Document

CHUNK_CHARACTERS = 1 << 20
SMALLEST_DOCUMENT = 64  # counted at least, so that a million one-letter documents are no chunk


class Splitter(Protocol):
    """What turns the columns of documents into tokens."""

    def numbered(self, texts: Sequence[Sequence[str]], /) -> NumberedTokens:
        """Return the tokens of texts, each in columns, in the order they are first seen."""

    def load_alone(self) -> None:
        """Load what it needs, in a process that does nothing but tokenize."""


class Chunk(NamedTuple):
    """Some consecutive documents of one split."""

    split: str
    documents: list[Document]


class TokenizedChunk(NamedTuple):
    """The tokens of a chunk as numbers.

    Attributes:
        split: The documents' split.
        labels: The documents' labels.
        tokens: The distinct tokens in the order they were first seen.
        ids: For every token of every document its index in `tokens`.
        lengths: The number of tokens of each document.
        characters: The number of characters of all documents.
    """

    split: str
    labels: list[str | None]
    tokens: list[str]
    ids: NDArray[np.uint32]
    lengths: NDArray[np.int64]
    characters: int


def cut_chunks(documents: Iterable[tuple[str, Document]], characters: int) -> Iterator[Chunk]:
    """Gather documents into chunks, each of one split.

    Args:
        documents: Pairs of a split's name and a document.
        characters: A chunk is full when it holds this many characters.

    Yields:
        Chunks; inside a split, the documents keep their order.

    Raises:
        CorpusError: A split's name is unknown.
    """
    waiting: dict[str, list[Document]] = {}
    sizes: dict[str, int] = dict.fromkeys(SPLITS, 0)
    for split, document in documents:
        if split not in sizes:
            raise CorpusError("an unknown split", split, ", ".join(SPLITS), "Name one of them")
        waiting.setdefault(split, []).append(document)
        sizes[split] += max(SMALLEST_DOCUMENT, sum(map(len, document.columns)))
        if sizes[split] >= characters:
            yield Chunk(split, waiting.pop(split))
            sizes[split] = 0
    for split, rest in waiting.items():
        yield Chunk(split, rest)


def tokenize_chunk(splitter: Splitter, chunk: Chunk) -> TokenizedChunk:
    """Tokenize the documents of a chunk and number their distinct tokens.

    Args:
        splitter: Turns the columns of a document into tokens.
        chunk: The documents.

    Returns:
        The documents' tokens as numbers.
    """
    documents = chunk.documents
    tokens, ids, lengths = splitter.numbered([document.columns for document in documents])
    return TokenizedChunk(
        split=chunk.split,
        labels=[document.label for document in documents],
        tokens=tokens,
        ids=ids,
        lengths=lengths,
        characters=sum(len(document.text) for document in documents),
    )
