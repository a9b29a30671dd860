"""Documents from anything that holds text: files, folders, standard input, frames and lists."""

import hashlib
import json
import warnings
from collections.abc import Iterable, Iterator, Sized
from pathlib import Path

from ulmus.errors import SourceError, UlmusWarning
from ulmus.files import fingerprint, hash_file
from ulmus.text.decompression import STANDARD_INPUT, compression_of, unreadable
from ulmus.text.documents import Document, Source, SourceSettings
from ulmus.text.frames import frame_name, is_frame
from ulmus.text.remote_paths import RemotePath, SourcePath
from ulmus.text.source_content import RawDocument, has_labels, path_list, raw_documents
from ulmus.text.source_files import SourceFile, path_name, source_files
from ulmus.text.usable import UsableCounts, as_document

__all__ = [
    "Document",
    "Source",
    "SourceSettings",
    "describe_source",
    "read_documents",
    "source_fingerprint",
]
SHOWN_PATHS = 3


def read_documents(
    source: Source, settings: SourceSettings, *, keep_missing: bool = False
) -> Iterator[Document]:
    """Return an iterator over the documents of a source, in order and in bounded memory.

    A text that is null, NaN, empty or only white space is missing, and so is such a label where
    labels are asked for, unless they are tags, of which there may be none; in CSV and TSV the
    words NaN and nan are missing too. Documents without any
    text or without a label are left out, and one `UlmusWarning` at the end tells how many.

    Args:
        source: A path (`-` is standard input), a list of paths, a list of texts or documents, a
            pandas or polars frame, or any other table that gives an Arrow stream.
        settings: What is read of it. A list of strings has no labels, whatever is asked for.
        keep_missing: Whether a missing text becomes an empty document and a missing label None,
            so that every document of the source is there, as for prediction.

    Raises:
        SourceError: The source is none, cannot be read as asked, or holds no document. Paths
            are checked at once, the rest while the documents are taken.
    """
    documents = raw_documents(source, settings)
    needs_label = settings.label is not None and has_labels(source)
    if keep_missing:
        return _all(documents, source)
    return _usable(documents, source, settings, needs_label=needs_label)


def check_usable(counts: UsableCounts, source: Source) -> None:
    """Tell what was left out of a source that has been read to its end.

    Args:
        counts: Of all its documents.
        source: The source, for the message.

    Raises:
        SourceError: Nothing of it is usable.
    """
    if not counts.usable:
        raise _no_document(source, counts.nothing())
    if counts.skipped:
        text = f"skipped {counts.skipped:,} of {counts.read:,} documents of "
        text += f"{describe_source(source)}: {counts.reasons()}"
        warnings.warn(text, UlmusWarning, stacklevel=2)


def describe_source(source: Source) -> str:
    """Return a short name of a source for messages and provenance, without its folders."""
    paths = path_list(source)
    if paths:
        shown = ", ".join(_shown_path(path) for path in paths[:SHOWN_PATHS])
        more = len(paths) - SHOWN_PATHS
        return f"{shown} and {more} more" if more > 0 else shown
    if is_frame(source):
        return f"a {frame_name(source)}"
    return f"a list of {len(source):,} texts" if isinstance(source, Sized) else "a source"


def source_fingerprint(source: Source, settings: SourceSettings) -> str:
    """Return a hash of what is read of a source: of files their bytes, else the documents.

    The name of a single file does not count, its format does; names within a folder count.

    Args:
        source: As for `read_documents`.
        settings: As for `read_documents`; they count too.

    Returns:
        64 hexadecimal digits.

    Raises:
        SourceError: The source cannot be read, or is standard input, which is gone once read.
    """
    content: object
    if paths := path_list(source):
        content = [_hashed_file(file, settings) for path in paths for file in source_files(path)]
    else:
        content = _hashed_documents(raw_documents(source, settings))
    return fingerprint({"settings": settings.model_dump(mode="json"), "content": content})


def _all(documents: Iterable[RawDocument], source: Source) -> Iterator[Document]:
    read = 0
    for raw in documents:
        read += 1
        yield as_document(raw)
    if not read:
        raise _no_document(source, UsableCounts().nothing())


def _usable(
    documents: Iterable[RawDocument],
    source: Source,
    settings: SourceSettings,
    *,
    needs_label: bool,
) -> Iterator[Document]:
    counts = UsableCounts()
    yield from counts.usable_of(documents, settings, needs_label=needs_label)
    check_usable(counts, source)


def _no_document(source: Source, what: str) -> SourceError:
    return SourceError(
        what,
        given=source if isinstance(source, str | Path | RemotePath) else describe_source(source),
        accepted="at least one document with text, and a label where labels are asked for",
        remedy="Check that the source is not empty, and the names after --text and --label",
    )


def _shown_path(path: SourcePath) -> str:
    return "standard input" if path == STANDARD_INPUT else path_name(path)


def _hashed_file(file: SourceFile, settings: SourceSettings) -> list[str | None]:
    if file.path == STANDARD_INPUT:
        raise SourceError(
            "standard input cannot be read twice",
            given=file.path,
            accepted="a file, a folder, a list or a frame",
            remedy="Write the text to a file first",
        )
    kind = f"{file.suffix} {compression_of(file.path)}"
    label = file.folder if file.suffix == ".txt" and settings.label is not None else None
    try:
        return [file.name if file.folder else kind, label, hash_file(file.path)]
    except OSError as error:
        raise unreadable(file.path, error) from None


def _hashed_documents(documents: Iterable[RawDocument]) -> str:
    digest = hashlib.sha256()
    for document in documents:
        digest.update(json.dumps(document).encode() + b"\n")
    return digest.hexdigest()
