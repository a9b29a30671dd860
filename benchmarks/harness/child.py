"""The child's side of a measurement: build a job once, then time it whenever a line says so.

Standard library only, because half of the children run in the peer's Python. Answers are lines of
JSON on what was standard output; whatever a library prints goes to standard error instead.
"""

import json
import os
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple, TextIO

READY, UNAVAILABLE, SECONDS, ENDED = "ready", "unavailable", "seconds", "ended"
RUN, END = "run", "end"
KILOBYTES_PER_MB = 1000


class UnavailableError(Exception):
    """This version of the library cannot do the job; the message says why."""


class Job(NamedTuple):
    """A job that has been built.

    Args:
        run: One repetition. It returns None, or its own measure of the seconds.
        facts: Called once at the end, untimed; JSON values that the parent is to know.
    """

    run: Callable[[], float | None]
    facts: Callable[[], dict[str, Any]] = dict


def serve(build: Callable[[dict[str, Any]], Job]) -> None:
    """Build the job from the JSON settings in the first argument, and obey standard input.

    Args:
        build: Returns the job, warm: what happens once only is behind it.
    """
    answers = _own_output()
    try:
        job = build(json.loads(sys.argv[1]))
    except UnavailableError as error:
        _answer(answers, {UNAVAILABLE: str(error)})
        return
    _answer(answers, {READY: True})
    for line in sys.stdin:
        if line.strip() == END:
            break
        _answer(answers, {SECONDS: timed(job.run)})
    _answer(answers, {ENDED: True, "peak_memory_mb": peak_memory_mb(), "facts": job.facts()})


def timed(action: Callable[[], float | None]) -> float:
    """Return the seconds of an action, by its own account if it gives one."""
    started = time.perf_counter()
    own = action()
    return time.perf_counter() - started if own is None else own


def peak_memory_mb() -> float:
    """Return the most memory this process has held so far."""
    status = Path("/proc/self/status")
    if status.exists():  # what getrusage tells there counts the parent's memory as well
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) / KILOBYTES_PER_MB
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (KILOBYTES_PER_MB**2 if sys.platform == "darwin" else KILOBYTES_PER_MB)


def _own_output() -> TextIO:
    """Return standard output, and let everybody else who writes there write to standard error."""
    mine = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    return mine


def _answer(answers: TextIO, content: dict[str, Any]) -> None:
    answers.write(json.dumps(content) + "\n")
    answers.flush()
