"""One run at a time writes to a path, and what a killed one left there is cleaned up."""

import errno
import os
import re
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from ulmus.errors import OutputError

_holders: dict[Path, int] = {}
"""The paths that this process holds, and the thread that does."""

_guard = threading.Lock()


@contextmanager
def held(target: Path) -> Iterator[None]:
    """Hold a path while the block runs, against other processes and threads.

    The system drops the lock of a process that dies. A thread that holds a path may hold it again.

    Args:
        target: Resolved.

    Raises:
        OSError: Nothing can be written beside it.
        OutputError: Another run holds it.
    """
    me = threading.get_ident()
    with _guard:
        holder = _holders.get(target)
        if holder is None:
            _holders[target] = me
    if holder == me:
        yield
        return
    if holder is not None:
        raise _busy(target)
    try:
        with _locked(target):
            _clean_up(target)
            yield
    finally:
        with _guard:
            del _holders[target]


@contextmanager
def _locked(target: Path) -> Iterator[None]:
    """Hold the lock file beside a path, which is there as long as the block runs."""
    from filelock import FileLock, Timeout  # 20 ms that light verbs do not need

    made = [folder for folder in target.parents if not folder.exists()]
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
    except FileExistsError:  # as something else
        told = os.strerror(errno.ENOTDIR)
        raise NotADirectoryError(errno.ENOTDIR, told, str(target.parent)) from None
    file = lock_beside(target)
    lock = FileLock(file, timeout=0)
    try:
        lock.acquire()
    except Timeout:
        raise _busy(target) from None
    try:
        yield
    finally:
        if os.name == "posix":  # while it is held: whoever locks it then sees that it has gone
            file.unlink(missing_ok=True)
        lock.release()
        for folder in made:
            with suppress(OSError):  # it holds something by now
                folder.rmdir()


def lock_beside(target: Path) -> Path:
    """Return the lock file of a path."""
    return target.parent / f".{target.name}.lock"


def _clean_up(target: Path) -> None:
    """Remove what killed runs had not finished, a corpus for their own use included."""
    number = "[0-9a-f]{8}"
    own = rf"\.{re.escape(target.name)}\.{number}"
    unfinished = re.compile(rf"{own}\.(part|corpus)|\.{own}\.corpus\.({number}\.part|lock)")
    for path in target.parent.iterdir():
        if unfinished.fullmatch(path.name):
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink(missing_ok=True)


def _busy(target: Path) -> OutputError:
    return OutputError(
        "another run is writing this output",
        given=target,
        accepted="one run at a time",
        remedy="Wait until it has ended, or choose another --out",
    )
