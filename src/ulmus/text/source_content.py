"""The documents of a source as they stand there, before anything is left out."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import TypeAlias

from ulmus.errors import SourceError
from ulmus.text.columns import Row, Wanted, as_text
from ulmus.text.documents import Document, SourceSettings
from ulmus.text.frames import is_frame, is_series, read_frame, series_values
from ulmus.text.readers import read_table, read_texts
from ulmus.text.remote_paths import RemotePath, SourcePath, source_path
from ulmus.text.source_files import SourceFile, source_files

# The texts of the columns, and the label.
RawDocument: TypeAlias = tuple[tuple[str | None, ...], str | None]


def raw_documents(source: object, settings: SourceSettings) -> Iterator[RawDocument]:
    """Return an iterator over all documents of a source, missing values being None.

    Raises:
        SourceError: The source is none, or cannot be read as asked.
    """
    paths = path_list(source)
    if paths:
        files = [source_files(path) for path in paths]  # a list, so that all are checked now
        return (
            document
            for file in chain.from_iterable(files)
            for document in file_documents(file, settings)
        )
    if is_frame(source):
        return _split_rows(read_frame(source, _columns(settings)), settings)
    if is_series(source):
        return _list_documents(series_values(source))
    if isinstance(source, Sequence) and not isinstance(source, bytes | bytearray):
        return _list_documents(source)
    raise SourceError(
        "not a source of text",
        given=type(source).__name__,
        accepted="a path, a list of paths or texts, a pandas or polars frame, an Arrow table",
        remedy="Turn it into one of these, for example with list(...)",
    )


def path_list(source: object) -> list[SourcePath]:
    """Return the paths that a source is: one, or a list of them; empty if it is none.

    Raises:
        SourceError: The source is an empty string, or a URL that cannot be read.
    """
    if isinstance(source, str) and not source:
        raise SourceError(
            "an empty path",
            accepted="the path of a file or folder, or - for standard input",
            remedy="Name the source; '.' is the current folder",
        )
    if isinstance(source, str):
        return [source_path(source)]
    if isinstance(source, Path | RemotePath):
        return [source]
    if isinstance(source, list | tuple) and all(
        isinstance(item, Path | RemotePath) for item in source
    ):
        return list(source)
    return []


def has_labels(source: object) -> bool:
    """Tell whether a source can have labels; a list of nothing but strings cannot."""
    if path_list(source) or is_frame(source):
        return True
    return isinstance(source, Sequence) and any(isinstance(item, Document) for item in source)


def file_documents(file: SourceFile, settings: SourceSettings) -> Iterator[RawDocument]:
    """Return an iterator over all documents of a file, missing values being None.

    Raises:
        SourceError: It cannot be read as asked.
    """
    if file.suffix != ".txt":
        columns = _columns(settings)
        return _split_rows(read_table(file.path, file.suffix, columns, settings.encoding), settings)
    if settings.label is not None and file.folder is None:
        raise SourceError(
            "plain text has no label column",
            given=file.path,
            accepted="labels from a table, or from the folders that .txt files lie in",
            remedy="Leave out --label, or name a table or a folder",
        )
    unit = settings.document or ("line" if file.folder is None else "file")
    label = file.folder if settings.label is not None else None
    return (((text,), label) for text in read_texts(file.path, unit, settings.encoding))


def _list_documents(items: Iterable[object]) -> Iterator[RawDocument]:
    for number, item in enumerate(items, start=1):
        try:
            if isinstance(item, Document):
                yield tuple(map(as_text, item.columns)), item.label
            else:
                yield (as_text(item),), None
        except (TypeError, UnicodeDecodeError):
            raise SourceError(
                f"item {number} of the list is no text but {type(item).__name__}",
                accepted="a list of strings or Documents, or a list of nothing but Paths",
                remedy="Give texts as strings, and files as Paths",
            ) from None


def _columns(settings: SourceSettings) -> Wanted:
    if settings.label is None:
        return Wanted(settings.text)
    separator = settings.separator if settings.target == "tags" else None
    return Wanted((*settings.text, settings.label), separator)


def _split_rows(rows: Iterable[Row], settings: SourceSettings) -> Iterator[RawDocument]:
    if settings.label is None:
        return ((row, None) for row in rows)
    return ((row[:-1], row[-1]) for row in rows)
