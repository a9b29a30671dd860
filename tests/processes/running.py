"""The command line in several processes, started as a user does."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

TORCHRUN = (sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node")
SECONDS = 240
ULMUS = ("-m", "ulmus")


class Outcome(NamedTuple):
    """How a job ended: torchrun's exit code, what was written, and the lines `ulmus` said.

    Of a job that was disturbed it is what was written from then on.
    """

    code: int
    out: str
    err: str
    said: list[str]


def together(*arguments: object, processes: int = 2, program: Sequence[object] = ULMUS) -> Outcome:
    """Run a command, or another program, in several processes."""
    with _job(*program, *arguments, processes=processes) as job:
        return _ended(job)


def done_together(*arguments: object) -> str:
    """Run a command that must succeed, and return what it said on standard output."""
    outcome = together(*arguments)
    assert outcome.code == 0, outcome
    return outcome.out


Job = subprocess.Popen[str]


def in_the_second_epoch(job: Job) -> bool:
    """Whether the next line that a job writes is the first one of its second epoch."""
    assert job.stderr is not None
    return "epoch 2:" in job.stderr.readline()


def disturbed(
    *arguments: object,
    number: int,
    rank: int | None,
    when: Callable[[Job], bool] = in_the_second_epoch,
    restarts: int = 0,
) -> Outcome:
    """Send a signal to one process of a job, or to torchrun, at some moment."""
    with _job(*ULMUS, *arguments, restarts=restarts) as job:
        while not when(job):
            assert job.poll() is None, "it ended before it was disturbed"
            time.sleep(0.001)
        os.kill(job.pid if rank is None else _pid_of(job.pid, rank), number)
        return _ended(job)


@contextmanager
def _job(*program: object, processes: int = 2, restarts: int = 0) -> Iterator[Job]:
    """Start a job, which ends with the block at the latest."""
    command = [*TORCHRUN, processes, "--max-restarts", restarts, *program]
    with subprocess.Popen(
        [str(part) for part in command], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as job:
        try:
            yield job
        finally:
            if job.poll() is None:
                job.send_signal(signal.SIGTERM)


def _ended(job: Job) -> Outcome:
    """Wait for a job that must not hang, and in which no process may end by an unknown error."""
    out, err = job.communicate(timeout=SECONDS)
    assert "ulmus/cli/main.py" not in err, err
    said = [line for line in err.splitlines() if line.startswith("ulmus: ")]
    return Outcome(job.returncode, out, err, said)


def _pid_of(torchrun: int, rank: int) -> int:
    """Return which process of a job has a rank."""
    for child in Path(f"/proc/{torchrun}/task/{torchrun}/children").read_text("ascii").split():
        if f"RANK={rank}".encode() in Path(f"/proc/{child}/environ").read_bytes().split(b"\0"):
            return int(child)
    raise AssertionError(f"there is no rank {rank}")
