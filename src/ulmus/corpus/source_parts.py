"""Documents of several sources with their splits, and what of them can be read elsewhere."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import NamedTuple, TypeAlias

from ulmus.corpus.chunks import Chunk, cut_chunks
from ulmus.errors import SourceError
from ulmus.text.decompression import STANDARD_INPUT, unreadable
from ulmus.text.documents import Document, Source, SourceSettings
from ulmus.text.remote_paths import byte_count
from ulmus.text.source_content import file_documents, path_list
from ulmus.text.source_files import SourceFile, source_files
from ulmus.text.sources import read_documents
from ulmus.text.usable import UsableCounts

Divide: TypeAlias = Callable[[Iterable[Document]], Iterator[tuple[str, Document]]]
"""Gives each document its split, looking at nothing but that document; can be pickled."""

PIECE_BYTES = 1 << 24
PIECE_FILES = 1000


class SourcePart(NamedTuple):
    """A source and the splits its documents go to."""

    source: Source
    divide: Divide


@dataclass(frozen=True)
class FilePiece:
    """Some consecutive files of a source, to be read where they are tokenized.

    Args:
        part: The index of the source.
        files: The files, in order.
        divide: Gives each document its split.
        settings: What is read of the files.
        counts: Of the documents that have been read.
    """

    part: int
    files: tuple[SourceFile, ...]
    divide: Divide
    settings: SourceSettings
    counts: UsableCounts = field(default_factory=UsableCounts)

    def chunks(self, characters: int) -> Iterator[Chunk]:
        """Read the files.

        Args:
            characters: A chunk is full when it holds this many characters.

        Raises:
            SourceError: A file cannot be read as asked.
        """
        documents = chain.from_iterable(file_documents(file, self.settings) for file in self.files)
        needs_label = self.settings.label is not None
        usable = self.counts.usable_of(documents, self.settings, needs_label=needs_label)
        return cut_chunks(self.divide(usable), characters)


@dataclass(frozen=True)
class SourceParts:
    """The documents of some sources, each with its split.

    Iterating reads them here; `pieces` are for reading them elsewhere, with the same result.

    Args:
        parts: The sources, in order.
        settings: What is read of them.
    """

    parts: Sequence[SourcePart]
    settings: SourceSettings

    def __iter__(self) -> Iterator[tuple[str, Document]]:
        # A list, so that all paths are checked before the first document is read.
        parts = [part.divide(read_documents(part.source, self.settings)) for part in self.parts]
        return chain.from_iterable(parts)

    def in_files(self) -> bool:
        """Tell whether all sources are files, and so can be read elsewhere."""
        return all(path_list(part.source) for part in self.parts)

    def pieces(self) -> Iterator[FilePiece]:
        """Yield all files in pieces of some megabytes, or of one file that is larger.

        Raises:
            SourceError: A source is not there.
        """
        for number, part in enumerate(self.parts):
            files = [source_files(path) for path in path_list(part.source)]
            for group in _groups(chain.from_iterable(files)):
                yield FilePiece(number, group, part.divide, self.settings)


def _groups(files: Iterable[SourceFile]) -> Iterator[tuple[SourceFile, ...]]:
    group: list[SourceFile] = []
    group_bytes = 0
    for file in files:
        size = _byte_count(file)
        if group and (group_bytes + size > PIECE_BYTES or len(group) == PIECE_FILES):
            yield tuple(group)
            group, group_bytes = [], 0
        group.append(file)
        group_bytes += size
    if group:
        yield tuple(group)


def _byte_count(file: SourceFile) -> int:
    path = file.path
    if path == STANDARD_INPUT:
        raise SourceError(
            "standard input is read by this process alone",
            given=path,
            accepted="files, folders and URLs, which workers can read themselves",
            remedy="Take --engine local, or write the text to a file first",
        )
    try:
        return byte_count(path)
    except OSError as error:
        raise unreadable(path, error) from None
