"""Each target under libFuzzer, which keeps the inputs that reach new lines and changes them.

`FUZZING_SECONDS` is how long each target takes; 20 unless it is set.
"""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.fuzzing.targets import TARGETS

SECONDS = int(os.environ.get("FUZZING_SECONDS") or 20)
REPOSITORY = Path(__file__).resolve().parents[2]
MEMORY = Path("/dev/shm")
KEPT = ("crash", "timeout", "oom")
APART = ("sh", "-c", '"$@"; exit $?', "sh")
"""A child of a child: of a child alone the system tells at least its parent's memory."""
DONE = re.compile(r"^Done (\d+) runs", re.MULTILINE)

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(find_spec("atheris") is None, reason="atheris has no wheel here"),
]


@pytest.fixture
def memory(tmp_path: Path) -> Iterator[str]:
    """A folder in memory, where there is one: disks stall under so many small files."""
    place = MEMORY if MEMORY.is_dir() and os.access(MEMORY, os.W_OK) else tmp_path
    with TemporaryDirectory(prefix="ulmus-fuzzing-", dir=place) as folder:
        yield folder


@pytest.mark.parametrize("name", TARGETS)
def test_no_input_is_a_crash(name: str, tmp_path: Path, memory: str) -> None:
    paths = [str(REPOSITORY), *filter(None, [os.environ.get("PYTHONPATH")])]
    done = subprocess.run(
        [*APART, sys.executable, "-m", "tests.fuzzing.fuzz", name, str(SECONDS)],
        cwd=tmp_path,  # where the input that failed is written
        env=os.environ
        | {"PYTHONPATH": os.pathsep.join(paths), "TMPDIR": memory, "PYTHONHASHSEED": "0"},
        capture_output=True,  # the traceback, and what libFuzzer says
        encoding="utf-8",
        errors="replace",
        timeout=SECONDS + 240,
        check=False,
    )
    inputs = DONE.search(done.stderr)
    kept = (path for kind in KEPT for path in tmp_path.glob(f"{kind}-*"))
    failed = [path.read_bytes().hex() for path in kept]
    assert done.returncode == 0, (
        f"{name}, input {failed}: {done.stdout[-4000:]}{done.stderr[-1000:]}"
    )
    assert inputs is not None, done.stderr[-4000:]
    print(f"{name}: {inputs[1]} inputs in {SECONDS} s, 0 crashes")
    assert int(inputs[1]) > 10
