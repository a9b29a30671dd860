"""Writing that is whole or absent, and fingerprints of what was read."""

import ctypes
import errno
import hashlib
import json
import os
import secrets
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any, Literal, Protocol, TextIO

from ulmus.errors import OutputError
from ulmus.locks import held
from ulmus.unwritable import unwritable_told

BLOCK_BYTES = 1 << 20
UNSYNCED = {errno.EINVAL, errno.ENOTSUP}
"""What file systems answer that know nothing of it."""


def fingerprint(value: object) -> str:
    """Return the SHA-256 of a JSON-serialisable value, independent of key order.

    Args:
        value: Anything that `json.dumps` accepts.

    Returns:
        64 hexadecimal digits.
    """
    canonical = json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(canonical.encode("utf-8", "surrogatepass")).hexdigest()


class Readable(Protocol):
    """A path whose file can be read."""

    def open(self, mode: Literal["rb"], /) -> IO[bytes]:
        """Open the file."""


def hash_file(path: Readable) -> str:
    """Return the SHA-256 of a file's bytes as 64 hexadecimal digits."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(BLOCK_BYTES):
            digest.update(block)
    return digest.hexdigest()


def read_json(path: Path) -> Any:
    """Return what a JSON file holds.

    Raises:
        OSError: It cannot be opened.
        ValueError: It is a pipe or a device, which would be read for ever; or no JSON in UTF-8; or
            nested too deep, or with a number of too many digits.
    """
    check_is_file(path)
    try:
        return json.loads(path.read_text("utf-8"))
    except RecursionError:
        raise ValueError("it is nested too deep") from None


def check_is_file(path: Path) -> None:
    """Refuse what is there but no file.

    Raises:
        ValueError: It is a folder, a pipe, a device, or a link that leads to one or nowhere.
    """
    if (path.is_symlink() or path.exists()) and not path.is_file():
        raise ValueError("it is no file")


@contextmanager
def atomic_file(path: Path) -> Iterator[Path]:
    """Yield a temporary path beside `path`; rename it there when the block ends well.

    Raises:
        OutputError: The path is taken by a folder or a device, or cannot be written.
    """
    target = path.resolve()  # a link stays a link, and what it names is replaced
    temporary = _temporary_beside(target)
    try:
        with unwritable_told(target, temporary), held(target):
            if target.exists() and not target.is_file():
                raise OutputError(
                    "the output path is taken by something that is not a file",
                    given=path,
                    accepted="a new path, or a file to replace",
                    remedy="Choose another --out",
                )
            yield temporary
            _to_disk(temporary)
            os.replace(temporary, target)
            _to_disk(target.parent)
    finally:
        with suppress(OSError):
            temporary.unlink()


@contextmanager
def atomic_text(path: Path) -> Iterator[TextIO]:
    """Yield a text file in UTF-8 that stands at `path` when the block ends well.

    Line ends are written as they are given, as the `csv` module wants it.

    Raises:
        OutputError: See `atomic_file`.
    """
    with atomic_file(path) as temporary, temporary.open("w", encoding="utf-8", newline="") as file:
        yield file


@contextmanager
def atomic_folder(path: Path, marker: str, *, size: int = 0) -> Iterator[Path]:
    """Yield a temporary folder beside `path`; rename it there when the block ends well.

    A folder that already stands at `path` is replaced only when it is empty or carries the
    marker, that is, when it was written by this library for the same purpose.

    Args:
        path: Where the folder shall stand.
        marker: The name of a file that every folder of this purpose holds.
        size: How many bytes it will take, about; told where there is no space.

    Raises:
        OutputError: The path is taken by something else, or cannot be written.
    """
    check_replaceable(path, marker)
    target = path.resolve()  # "." and links have a name to put the temporary folder beside
    temporary = _temporary_beside(target)
    try:
        with unwritable_told(target, temporary, size=size), held(target):
            temporary.mkdir()
            yield temporary
            for written in [*temporary.rglob("*"), temporary]:
                _to_disk(written)
            _put_in_place(temporary, target)
            _to_disk(target.parent)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


@contextmanager
def claimed(path: Path) -> Iterator[None]:
    """Hold an output path from the beginning of a run to its end.

    Writing it holds it as well; this is for runs that take long before they write. What a killed
    run left half-written is removed.

    Raises:
        OutputError: Another run holds it, or nothing can be written there.
    """
    target = path.resolve()
    with unwritable_told(target, target), held(target):
        yield


def check_replaceable(path: Path, marker: str) -> None:
    """Refuse an output path that holds something this library did not write.

    Raises:
        OutputError: The path is a file, or a folder with content but without the marker, or where
            a disk is mounted, which no finished folder could take the place of.
    """
    with unwritable_told(path, path):
        if not path.exists():
            return
        if path.resolve().is_mount():
            raise OutputError(
                "the output path is where a disk is mounted",
                given=path,
                accepted="a folder on that disk, which is written beside and then renamed",
                remedy=f"Take --out {path / 'model'}, for example",
            )
        if path.is_dir() and ((path / marker).exists() or not any(path.iterdir())):
            return
    raise OutputError(
        "the output path is taken",
        given=path,
        accepted=f"a new path, an empty folder, or a folder that holds {marker}",
        remedy="Choose another --out or remove it",
    )


def _temporary_beside(path: Path) -> Path:
    return path.parent / f".{path.name}.{secrets.token_hex(4)}.part"


def _put_in_place(temporary: Path, target: Path) -> None:
    """Swap the folders by renaming, so that a failure leaves the old one where it was."""
    if target.exists() and _exchanged(temporary, target):
        return  # who made the temporary folder removes what is in it now
    old = _temporary_beside(target)
    if target.exists():
        os.replace(target, old)
    try:
        os.replace(temporary, target)
    except BaseException:
        if old.exists():
            os.replace(old, target)
        raise
    shutil.rmtree(old, ignore_errors=True)


def _exchanged(one: Path, other: Path) -> bool:
    """Exchange two paths at one stroke, where the system can: nobody finds either missing."""
    rename = getattr(ctypes.CDLL(None), "renameat2", None) if sys.platform == "linux" else None
    if rename is None:
        return False
    here, exchange = -100, 2  # AT_FDCWD and RENAME_EXCHANGE of Linux
    done: int = rename(here, os.fsencode(one), here, os.fsencode(other), exchange)
    return done == 0


def _to_disk(path: Path) -> None:
    """Wait until a file or the names in a folder are on the disk, and survive a power failure."""
    if os.name != "posix" and path.is_dir():
        return  # Windows opens no folders
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in UNSYNCED:
            raise
    finally:
        os.close(descriptor)
