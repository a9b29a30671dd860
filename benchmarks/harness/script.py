"""What a script does besides measuring: options, files of results, the table, what is missing."""

import argparse
import os
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TypeVar

from .goals import GOALS
from .missing import MissingError
from .peer import peer_python
from .results import Result, write_results
from .rounds import FOLDER, Measured
from .table import plain_table

T = TypeVar("T")
USAGE = "Measure {} and print a table."


@dataclass(frozen=True)
class Options:
    """How a script was asked to measure.

    Args:
        quick: Small jobs and few rounds, to see that all works.
        rounds: Repetitions; None takes what the script thinks best.
        given_peer: A Python with fastai; None takes PEER or our own.
    """

    quick: bool
    rounds: int | None = None
    given_peer: str | None = None

    def size(self, full: T, quick: T) -> T:
        """Return one of two sizes."""
        return quick if self.quick else full

    def round_count(self, full: int, quick: int = 2) -> int:
        """Return how many rounds to run."""
        return self.rounds or self.size(full, quick)

    @cached_property
    def peer(self) -> str:
        """The peer's Python."""
        return peer_python(self.given_peer)

    @cached_property
    def data(self) -> Path:
        """The folder of the shared data sets."""
        folder = Path(os.environ.get("ULMUS_DATA") or FOLDER.parents[1] / "shared" / "data")
        if not folder.is_dir():
            message = f"no shared data at {folder}; set ULMUS_DATA to its folder"
            raise MissingError(message, optional=True)
        return folder.resolve()


def run_script(name: str, measure: Callable[[Options], Iterable[Result]]) -> None:
    """Measure, write the results and print them; exit with 2 where something is missing.

    Args:
        name: The script's.
        measure: Returns the rows.
    """
    options = _options(name)
    try:
        results = list(measure(options))
    except MissingError as error:
        keys = [goal.key for goal in GOALS if goal.script == name]
        skipped = [Result(key, not_run=str(error)) for key in keys]
        write_results(name, skipped, quick=options.quick)
        print(f"{name}: {error}", file=sys.stderr)
        sys.exit(0 if error.optional else 2)
    write_results(name, results, quick=options.quick)
    print(plain_table(results))


def required(measured: Measured, name: str) -> Measured:
    """Return a measurement that the rest cannot do without.

    Raises:
        MissingError: There is none.
    """
    if measured.missing is not None:
        raise MissingError(f"{name} {measured.missing}")
    return measured


def _options(name: str) -> Options:
    words = name.replace("_", " ")
    parser = argparse.ArgumentParser(description=USAGE.format(words))
    parser.add_argument("--quick", action="store_true", help="small jobs, few rounds")
    parser.add_argument("--rounds", type=int, help="repetitions of each side")
    parser.add_argument("--peer", help="a Python with fastai (default: PEER, or our own)")
    given = parser.parse_args()
    return Options(quick=given.quick, rounds=given.rounds, given_peer=given.peer)
