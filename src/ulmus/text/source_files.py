"""Paths to the files they stand for: one file, or the usable ones in a folder."""

import errno
from collections.abc import Iterator
from itertools import chain
from pathlib import Path, PurePath
from typing import NamedTuple

from ulmus.errors import SourceError
from ulmus.text.decompression import COMPRESSIONS, STANDARD_INPUT, compression_of, unreadable
from ulmus.text.remote_paths import SourcePath

FORMATS = (".txt", ".csv", ".tsv", ".jsonl", ".parquet")
ACCEPTED = f"{' '.join(FORMATS)}, each plain or with {' or '.join(COMPRESSIONS)}"
# A text given for a path is often too long to be the name of anything.
NO_SUCH_FILE = (errno.ENOENT, errno.ENOTDIR, errno.ENAMETOOLONG)


class SourceFile(NamedTuple):
    """One file to read.

    Attributes:
        path: Where the file is; `-` is standard input.
        name: The path relative to the folder it was found in, with `/`; else its last part.
        folder: The name of the folder it was found in; None if the file itself was named.
    """

    path: SourcePath
    name: str
    folder: str | None

    @property
    def suffix(self) -> str:
        """The suffix that tells the format: lower case, and without that of a compression."""
        return format_of(self.path) or ".txt"


def format_of(path: SourcePath) -> str | None:
    """Return the suffix that tells a file's format, None where it is none of `FORMATS`."""
    name = PurePath(path.name)
    suffix = (name.with_suffix("") if compression_of(path) else name).suffix.lower()
    return suffix if suffix in FORMATS else None


def path_name(path: SourcePath) -> str:
    """Return the last part of a path, also of one such as `.` that does not show it."""
    return path.name if path.name not in ("", "..") else path.resolve().name


def source_files(source: SourcePath) -> Iterator[SourceFile]:
    """Return the files of a path: itself, or those of a folder and its folders, sorted.

    Hidden files and folders are left out, as are files of other formats. The path is checked
    now; folders are walked as the files are asked for.

    Raises:
        SourceError: Nothing is there, it cannot be read, or it is of no known format.
    """
    if source == STANDARD_INPUT:
        return iter((SourceFile(source, "-", None),))
    if _is_folder(source):
        files = _walk(source, "", ())
        first = next(files, None)
        if first is None:
            raise SourceError(
                "no usable file in the folder",
                given=source,
                accepted=f"files named {ACCEPTED}",
                remedy="Name another folder or file",
            )
        return chain((first,), files)
    if format_of(source) is None:
        raise SourceError(
            "unknown kind of file",
            given=source,
            accepted=ACCEPTED,
            remedy="Convert the file, or give it the suffix of what it is",
        )
    return iter((SourceFile(source, source.name, None),))


def _is_folder(source: SourcePath) -> bool:
    try:
        if isinstance(source, Path):
            source.stat()  # is_dir() would tell no error
        return source.is_dir()
    except (OSError, ValueError) as error:
        if isinstance(error, OSError) and error.errno not in NO_SUCH_FILE:
            raise unreadable(source, error) from None
        raise SourceError(
            "no such file or folder",
            given=source,
            accepted="the path of a file or folder, or - for standard input",
            remedy="Check the path; texts themselves are given as a list",
        ) from None


def _walk(folder: SourcePath, name: str, above: tuple[SourcePath, ...]) -> Iterator[SourceFile]:
    real = folder.resolve()
    if real in above:  # a link to a folder that it lies in
        return
    try:
        entries: list[SourcePath] = sorted(folder.iterdir(), key=lambda path: path.name)
    except OSError as error:
        raise unreadable(folder, error) from None
    for path in entries:
        if path.name.startswith("."):
            continue
        if path.is_dir():
            yield from _walk(path, f"{name}{path.name}/", (*above, real))
        elif format_of(path):
            yield SourceFile(path, name + path.name, path_name(folder))
