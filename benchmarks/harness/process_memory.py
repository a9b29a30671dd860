"""Seconds of a command, and the most memory that it and all it starts have held together."""

import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from .missing import MissingError

INTERVAL_SECONDS = 0.1
PROCESSES = Path("/proc")
SHARE = "Pss:"
"""Memory that several processes share counts for each by its share, so the sum counts it once."""


class Watched(NamedTuple):
    """What a command took.

    Args:
        seconds: From its start to its end.
        peak_memory_mb: The most that its processes held together; None where /proc is not.
    """

    seconds: float
    peak_memory_mb: float | None


def watch(command: Sequence[str]) -> Watched:
    """Run a command to its end.

    Raises:
        MissingError: It failed.
    """
    peak = 0.0
    # A file, as a pipe that nobody reads would stop a command that says much.
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as errors:
        started = time.perf_counter()
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=errors) as process:
            while process.poll() is None:
                peak = max(peak, memory_of_family(process.pid))
                time.sleep(INTERVAL_SECONDS)
        seconds = time.perf_counter() - started
        errors.seek(0)
        said = errors.read().strip()
    if process.returncode:
        last = next(reversed(said.splitlines()), "without a word")
        raise MissingError(f"{' '.join(command[1:4])} failed: {last}")
    return Watched(seconds, peak if sys.platform == "linux" else None)


def memory_of_family(pid: int) -> float:
    """Return the memory of a process and its descendants in MB; 0 where /proc is not."""
    children: dict[int, list[int]] = {}
    for folder in PROCESSES.glob("[0-9]*"):
        if (parent := _parent(folder)) is not None:
            children.setdefault(parent, []).append(int(folder.name))
    family, total = [pid], 0.0
    while family:
        member = family.pop()
        family += children.get(member, [])
        total += _memory(PROCESSES / str(member))
    return total


def _parent(folder: Path) -> int | None:
    try:
        stat = (folder / "stat").read_text("utf-8", "replace")
    except OSError:  # it has ended meanwhile
        return None
    return int(stat.rpartition(")")[2].split()[1])  # a name may hold anything, ")" too


def _memory(folder: Path) -> float:
    try:
        lines = (folder / "smaps_rollup").read_text("utf-8").splitlines()
    except OSError:
        return 0.0
    found = next((line for line in lines if line.startswith(SHARE)), f"{SHARE} 0")
    return int(found.split()[1]) * 1024 / 1e6
