"""What `ulmus prepare` costs: processor seconds of its processes, by what they do; Linux only.

    python experiments/prepare_cost.py SOURCE --out DIR [options of ulmus prepare]

Wall time says little on a machine that others use as well. Looks at all processes of the command's
session ten times a second, so that the last tenth of one that ends is missed.
"""

import os
import subprocess
import sys
import time
from collections import defaultdict
from pathlib import Path
from typing import NamedTuple

SECONDS_BETWEEN = 0.1
TICKS = os.sysconf("SC_CLK_TCK")
WORKERS = ("MapWorker", "spawn_main")
"""What the command lines of workers hold: an actor of Ray, a process of the local engine."""


class Process(NamedTuple):
    """What has been seen of a process."""

    role: str
    seconds: float
    most_megabytes: float


def main() -> None:
    """Run the command and print what its processes took."""
    command = [sys.executable, "-m", "ulmus", "prepare", *sys.argv[1:]]
    begun = time.monotonic()
    seen: dict[int, Process] = {}
    with subprocess.Popen(command, start_new_session=True) as running:
        while running.poll() is None:
            look(running.pid, seen)
            time.sleep(SECONDS_BETWEEN)
    if running.returncode:
        sys.exit(running.returncode)
    print(f"wall time {time.monotonic() - begun:.1f} s")
    roles: dict[str, list[Process]] = defaultdict(list)
    for process in seen.values():
        roles[process.role].append(process)
    for role, processes in sorted(roles.items()):
        seconds = sum(process.seconds for process in processes)
        most = max(process.most_megabytes for process in processes)
        print(f"{role}: {seconds:.1f} processor seconds, at most {most:.0f} MB in one process")


def look(session: int, seen: dict[int, Process]) -> None:
    """Note what each process of a session has taken so far."""
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        try:
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
            command = (folder / "cmdline").read_bytes().decode(errors="replace")
        except OSError:  # it has ended
            continue
        if int(fields[3]) != session:
            continue
        number = int(folder.name)
        before = seen.get(number, Process("", 0.0, 0.0))
        seen[number] = Process(
            role_of(number, session, command, before.role),
            (int(fields[11]) + int(fields[12])) / TICKS,
            max(before.most_megabytes, int(fields[21]) * os.sysconf("SC_PAGESIZE") / 2**20),
        )


def role_of(number: int, session: int, command: str, before: str) -> str:
    """Return what a process does; one that has been a worker stays one, though Ray renames it."""
    if number == session:
        return "writer"
    is_worker = before == "workers" or any(name in command for name in WORKERS)
    return "workers" if is_worker else "all others"


if __name__ == "__main__":
    main()
