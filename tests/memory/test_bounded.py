"""Memory that does not grow with what is read, seen from outside."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SCRIPT = ROOT / "benchmarks" / "bounded_memory.py"

JOBS = {
    "prepare": (35, 140, 150),
    "predict": (50_000, 200_000, 80),
    "document": (150_000, 600_000, 120),
    "fit": (50_000, 200_000, 120),
}
"""For each: a size, four times it, and by how many megabytes memory may grow.

105 MB more of text have some 40,000 more distinct words, 150,000 rows more half as many. Tokens of
a document are held as a list and as numbers, 75 bytes each; a linear model counts pairs besides.
Beside that the figures of two runs are 60 MB apart, by what happens to be under way when they are
taken. Were all tokens of the 105 MB held, they would take 2 GB.
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="memory is read from /proc")
@pytest.mark.parametrize("job", JOBS)
def test_four_times_as_much_takes_no_more(job: str) -> None:
    small, large, slack = JOBS[job]
    peaks = {size: _peak(job, size) for size in (small, large)}
    told = ", ".join(f"{peak} MB at {size:,}" for size, peak in peaks.items())
    print(f"\n{job}: {told}")
    assert peaks[large] < peaks[small] + slack
    assert peaks[large] < 1000


def _peak(job: str, size: int) -> int:
    ended = subprocess.run(
        [sys.executable, SCRIPT, job, str(size)], capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stderr
    found = re.search(r"(\d+) MB at most", ended.stdout)
    assert found, ended.stderr
    return int(found[1])
