"""Small disks in memory, to be filled or made read-only."""

import os
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

PAGE_BYTES = 4096


class Most:
    """The most that was taken of a disk, in bytes."""

    taken = 0


class Disk:
    """A disk of which some space can be taken away.

    Args:
        path: Where it is mounted.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._filler = path / "filler"

    def free(self) -> int:
        """Return how many bytes can be written."""
        stat = os.statvfs(self.path)
        return stat.f_bavail * stat.f_frsize

    def leave(self, size: int) -> None:
        """Leave so many bytes to write."""
        self.empty()
        taken = (self.free() - size) // PAGE_BYTES * PAGE_BYTES
        with self._filler.open("wb") as file:
            os.posix_fallocate(file.fileno(), 0, taken)

    @contextmanager
    def watched(self) -> Iterator["Most"]:
        """Watch how much is taken while the block runs; what is seen is there at its end."""
        most, ended, before = Most(), threading.Event(), self.free()

        def watch() -> None:
            while not ended.wait(0.002):
                most.taken = max(most.taken, before - self.free())

        watching = threading.Thread(target=watch)
        watching.start()
        try:
            yield most
        finally:
            ended.set()
            watching.join()

    def empty(self) -> None:
        """Give all space back."""
        self._filler.unlink(missing_ok=True)

    def names(self) -> list[str]:
        """Return what lies there, without what takes the space away."""
        return sorted({path.name for path in self.path.iterdir()} - {self._filler.name})

    def make_read_only(self) -> None:
        """Let nobody write any more, root neither."""
        _run("mount", "-o", "remount,ro", str(self.path))


@contextmanager
def mounted(path: Path, megabytes: int = 64) -> Iterator[Disk]:
    """Mount a disk, or skip the test where that is not allowed."""
    path.mkdir()
    try:
        _run("mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(path))
    except (OSError, subprocess.CalledProcessError) as error:
        pytest.skip(f"no disk can be mounted here: {error}")
    try:
        yield Disk(path)
    finally:
        _run("umount", "--lazy", str(path))


def _run(*command: str) -> None:
    subprocess.run(command, check=True, stderr=subprocess.DEVNULL)
