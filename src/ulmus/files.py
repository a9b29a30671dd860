"""Writing that is whole or absent, and fingerprints of what was read."""

import errno
import hashlib
import json
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TextIO

from ulmus.errors import OutputError

BLOCK_BYTES = 1 << 20
UNWRITABLE = {
    *(errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EPERM, errno.EBUSY),
    *(errno.ENOTDIR, errno.EISDIR, errno.EEXIST, errno.ENAMETOOLONG),
}


def fingerprint(value: object) -> str:
    """Return the SHA-256 of a JSON-serialisable value, independent of key order.

    Args:
        value: Anything that `json.dumps` accepts.

    Returns:
        64 hexadecimal digits.
    """
    canonical = json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(canonical.encode("utf-8", "surrogatepass")).hexdigest()


def hash_file(path: Path) -> str:
    """Return the SHA-256 of a file's bytes as 64 hexadecimal digits."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(BLOCK_BYTES):
            digest.update(block)
    return digest.hexdigest()


@contextmanager
def atomic_file(path: Path) -> Iterator[Path]:
    """Yield a temporary path beside `path`; rename it there when the block ends well.

    Raises:
        OutputError: The path is taken by a folder or a device, or cannot be written.
    """
    target = path.resolve()  # a link stays a link, and what it names is replaced
    temporary = _temporary_beside(target)
    try:
        with _unwritable_told(target, temporary):
            if target.exists() and not target.is_file():
                raise OutputError(
                    "the output path is taken by something that is not a file",
                    given=path,
                    accepted="a new path, or a file to replace",
                    remedy="Choose another --out",
                )
            target.parent.mkdir(parents=True, exist_ok=True)
            yield temporary
            os.replace(temporary, target)
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
def atomic_folder(path: Path, marker: str) -> Iterator[Path]:
    """Yield a temporary folder beside `path`; rename it there when the block ends well.

    A folder that already stands at `path` is replaced only when it is empty or carries the
    marker, that is, when it was written by this library for the same purpose.

    Args:
        path: Where the folder shall stand.
        marker: The name of a file that every folder of this purpose holds.

    Raises:
        OutputError: The path is taken by something else, or cannot be written.
    """
    check_replaceable(path, marker)
    target = path.resolve()  # "." and links have a name to put the temporary folder beside
    temporary = _temporary_beside(target)
    try:
        with _unwritable_told(target, temporary):
            temporary.mkdir(parents=True)
            yield temporary
            _put_in_place(temporary, target)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def check_replaceable(path: Path, marker: str) -> None:
    """Refuse an output path that holds something this library did not write.

    Raises:
        OutputError: The path is a file, or a folder with content but without the marker.
    """
    with _unwritable_told(path, path):
        if not path.exists():
            return
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


@contextmanager
def _unwritable_told(path: Path, temporary: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno not in UNWRITABLE or not _is_about(error, path, temporary):
            raise
        raise OutputError(
            f"cannot write the output ({error.strerror})",
            given=path,
            accepted="a folder with space where you may write",
            remedy="Choose another --out",
        ) from error


def _is_about(error: OSError, path: Path, temporary: Path) -> bool:
    """Tell an output that fails from a source that the block was reading meanwhile."""
    if not isinstance(error.filename, str | os.PathLike):
        return True  # a write to a full disk names no file
    named = Path(error.filename)
    return named == path or named in path.parents or named.is_relative_to(temporary)
