"""How long `import ulmus` and `ulmus --help` take, Python's own start included.

python benchmarks/start_time.py [--quick]
"""

import subprocess
import sys
import time
from collections.abc import Iterator

from harness.results import Result
from harness.script import Options, run_script
from harness.spread import spread

COMMANDS = {
    "python": [sys.executable, "-c", "pass"],
    "import": [sys.executable, "-c", "import ulmus"],
    "help": [sys.executable, "-m", "ulmus", "--help"],
}


def measure(options: Options) -> Iterator[Result]:
    rounds = options.round_count(11, 5)
    taken: dict[str, list[float]] = {name: [] for name in COMMANDS}
    for _ in range(rounds):
        for name, command in COMMANDS.items():
            taken[name].append(_seconds(command))
    bare = spread(taken.pop("python")).median
    for name, seconds in taken.items():
        median, low, high = spread(seconds)
        note = f"{low:.2f}-{high:.2f} s, of which Python alone takes {bare:.2f} s"
        yield Result(name, ulmus=median, value=median, note=note)


def _seconds(command: list[str]) -> float:
    started = time.perf_counter()
    subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - started


if __name__ == "__main__":
    run_script("start_time", measure)
