"""What every engine does: documents in, their tokens out, in the same order."""

from collections.abc import Generator, Iterable
from typing import Protocol

from ulmus.corpus.chunks import Splitter, TokenizedChunk
from ulmus.text.sources import Document


class Engine(Protocol):
    """Where documents are tokenized: on this machine, or on several."""

    def tokenize(
        self, documents: Iterable[tuple[str, Document]], splitter: Splitter, /
    ) -> Generator[TokenizedChunk, None, None]:
        """Tokenize documents in chunks, in bounded memory.

        How they are cut into chunks is the engine's affair: inside a split the documents keep
        their order, and more than that a corpus does not show.

        Args:
            documents: Pairs of a split's name and a document. An engine of several machines reads
                the files of `SourceParts` there, and takes other documents into memory.
            splitter: Rules and tokenizer.

        Yields:
            The tokens of each chunk.
        """
