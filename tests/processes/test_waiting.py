"""A process that waits for another one learns what became of it."""

from pathlib import Path

import pytest

from tests.processes.running import together

PROGRAM = """
import sys, time
from datetime import timedelta
from ulmus.errors import ProcessError
from ulmus.training import processes

rank, what = int(sys.argv[1]), sys.argv[2]
processes.PATIENCE = timedelta(seconds=4)
here = processes.join_processes()
assert here.summed([1, here.told.rank]) == [2, 1]

def fail():
    if what == "hangs":
        time.sleep(600)
    raise ZeroDivisionError

try:
    if here.told.rank == rank == 1:
        fail()
    here.first(fail if rank == 0 else int)
except ProcessError as error:
    print(error, flush=True)
    sys.exit(1)
"""


@pytest.mark.parametrize("rank", [0, 1])
@pytest.mark.parametrize(
    ("what", "told"), [("fails", "has ended"), ("hangs", "has said nothing for 0:00:04")]
)
def test_who_waits_says_why_it_ends(what: str, told: str, rank: int, tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text(PROGRAM, "utf-8")
    outcome = together(rank, what, program=[program])
    assert outcome.code != 0
    assert outcome.out.startswith(f"another process of this run {told}. See what it said, and ")
