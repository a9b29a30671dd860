"""The parent's side: children that run in turn, so that a slow minute slows all of them.

A ratio of two figures taken minutes apart says more about the machine than about the libraries.
So every child builds its job first and waits; then each round asks each of them for one
repetition, and ratios are taken round by round.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .child import END, ENDED, READY, RUN, SECONDS, UNAVAILABLE

FOLDER = Path(__file__).resolve().parents[1]


@dataclass(frozen=True)
class ChildSpec:
    """A child to start.

    Args:
        name: What its figures are filed under.
        module: The module to run, such as `children.matrix_product`.
        settings: What it is told; JSON values.
        python: The interpreter; None takes this one, with this one's PYTHONPATH.
    """

    name: str
    module: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    python: str | None = None

    def command(self) -> list[str]:
        """Return the command line."""
        return [self.python or sys.executable, "-m", self.module, json.dumps(dict(self.settings))]

    def environment(self) -> dict[str, str]:
        """Return the environment: the same for all but for where Python looks for modules."""
        found = dict(os.environ)
        inherited = found.pop("PYTHONPATH", "") if self.python is None else ""
        found["PYTHONPATH"] = os.pathsep.join(filter(None, [str(FOLDER), inherited]))
        found.pop("OMP_NUM_THREADS", None)  # both sides use what their torch takes by itself
        return found


@dataclass
class Measured:
    """What a child measured.

    Args:
        seconds: Of each round.
        peak_memory_mb: The most memory its process held, building included.
        facts: What it told at its end.
        missing: Why there are no figures; None if there are.
    """

    seconds: list[float] = field(default_factory=list)
    peak_memory_mb: float = 0.0
    facts: dict[str, Any] = field(default_factory=dict)
    missing: str | None = None


def alternate(specs: Sequence[ChildSpec], rounds: int) -> dict[str, Measured]:
    """Start the children and let them run in turn; every other round backwards.

    A child that cannot do its job, or fails in it, is left out of the rest, and told so.

    Args:
        specs: The children.
        rounds: Repetitions of each.

    Returns:
        What each measured, by its name.
    """
    with ExitStack() as stack:
        children = [stack.enter_context(_Child(spec)) for spec in specs]
        for number in range(rounds):
            for child in children if number % 2 == 0 else reversed(children):
                child.run()
        for child in children:
            child.end()
    return {child.spec.name: child.measured for child in children}


class _Child:
    """A running child, and what it has measured so far.

    Args:
        spec: What to start.
    """

    def __init__(self, spec: ChildSpec) -> None:
        self.spec = spec
        self.measured = Measured()

    def __enter__(self) -> "_Child":
        self._errors = tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace")
        self._process = subprocess.Popen(
            self.spec.command(),
            env=self.spec.environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            encoding="utf-8",
        )
        self._read(READY)
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.communicate()
        self._errors.close()

    def run(self) -> None:
        answer = self._ask(RUN, SECONDS)
        if answer is not None:
            self.measured.seconds.append(answer[SECONDS])

    def end(self) -> None:
        answer = self._ask(END, ENDED)
        if answer is not None:
            self.measured.peak_memory_mb = answer["peak_memory_mb"]
            self.measured.facts = answer["facts"]

    def _ask(self, command: str, expected: str) -> dict[str, Any] | None:
        if self.measured.missing is not None or self._process.stdin is None:
            return None
        try:
            self._process.stdin.write(command + "\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            pass  # it has died; what it said last is read below
        return self._read(expected)

    def _read(self, expected: str) -> dict[str, Any] | None:
        line = self._process.stdout.readline() if self._process.stdout else ""
        answer: dict[str, Any] = json.loads(line) if line else {}
        if expected in answer:
            return answer
        self.measured.missing = answer.get(UNAVAILABLE) or f"failed: {self._last_words()}"
        return None

    def _last_words(self) -> str:
        self._process.wait()
        self._errors.seek(0)
        lines = self._errors.read().split("\n")
        return next((line.strip() for line in reversed(lines) if line.strip()), "without a word")
