"""What is told where an output cannot be written: a full disk, a folder that is read-only."""

import errno
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ulmus.errors import DiskFullError, OutputError
from ulmus.locks import lock_beside

FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
"""A full disk, a quota that is used up, and a file that may not grow any more."""

UNWRITABLE = FULL | {
    *(errno.EROFS, errno.EACCES, errno.EPERM, errno.EBUSY),
    *(errno.ENOTDIR, errno.EISDIR, errno.EEXIST, errno.ENAMETOOLONG, errno.ENOENT),
}

IN_WORDS = re.compile(r"\(os error (\d+)\)")
"""How safetensors tells the system's error."""


@contextmanager
def unwritable_told(path: Path, temporary: Path, *, size: int = 0) -> Iterator[None]:
    """Tell in one line that an output could not be written while the block ran, and why.

    Args:
        path: The output.
        temporary: Where it is written until it is whole.
        size: How many bytes it will take, about; 0 where nobody knows.

    Raises:
        DiskFullError: There was no space left.
        OutputError: It cannot be written for another reason.
    """
    try:
        yield
    except Exception as error:
        number = error_number(error)
        if number not in UNWRITABLE or not _is_about(error, path, temporary):
            raise
        if number in FULL:
            raise disk_full(number, path, temporary, size) from error
        raise OutputError(
            f"cannot write the output ({os.strerror(number)})",
            given=path,
            accepted="a folder with space where you may write",
            remedy="Choose another --out",
        ) from error


def disk_full(number: int, path: Path, temporary: Path, size: int) -> DiskFullError:
    """Return what is told where there is no space left.

    Args:
        number: The system's error.
        path: The output.
        temporary: What has been written of it.
        size: How many bytes it will take, about; 0 where nobody knows.
    """
    written = _size(temporary)
    free = shutil.disk_usage(next(p for p in path.parents if p.exists())).free + written
    takes = f"about {_shown(size)}" if size > written else f"more than {_shown(written)}"
    return DiskFullError(
        f"no space left for the output ({os.strerror(number)}), of which nothing is kept",
        given=path,
        accepted=f"{takes}, where {_shown(free)} are free",
        remedy="Make room there, or choose another --out",
    )


def error_number(error: BaseException) -> int | None:
    """Return the number of the system's error behind an exception, if there is one."""
    if isinstance(error, OSError):
        return error.errno
    told = IN_WORDS.search(str(error))
    return int(told[1]) if told else None


def _is_about(error: Exception, path: Path, temporary: Path) -> bool:
    """Tell an output that fails from a source that the block was reading meanwhile."""
    filename = getattr(error, "filename", None)
    if not isinstance(filename, str | os.PathLike):
        return True  # a write to a full disk names no file
    named = Path(filename)
    around = named == path or named in path.parents or named == lock_beside(path)
    return around or named.is_relative_to(temporary)


def _size(path: Path) -> int:
    """Return how many bytes a file, or all in a folder, takes."""
    files = path.rglob("*") if path.is_dir() else [path]
    return sum(file.stat().st_size for file in files if file.is_file())


def _shown(size: int) -> str:
    return f"{size / 1e6:,.1f} MB"
