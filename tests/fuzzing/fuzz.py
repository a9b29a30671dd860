"""One target under a coverage-guided fuzzer: `python -m tests.fuzzing.fuzz TARGET SECONDS`.

Whatever is no `UlmusError` ends it, as do half a minute of computing, a minute in all, or two
gigabytes for one input; libFuzzer then writes the input into the current folder. `python -m
tests.fuzzing.fuzz TARGET FILE` tries that one again. In CI the inputs begin the same each time, as
Hypothesis's do there; elsewhere each run tries others.
"""

import os
import sys
import tempfile
import warnings
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["ulmus"]):
    from tests.fuzzing.targets import TARGETS, try_target

LONGEST_INPUT = 600
SECONDS_AN_INPUT = 60
MEGABYTES = 2048
FIRST_BYTES = 16
SEED = 1
"""In CI."""


def main() -> None:
    """Fuzz one target."""
    name, what = sys.argv[1:]
    warnings.simplefilter("ignore")
    options = [f"-max_total_time={what}"] if what.isdigit() else [what]
    options += [f"-max_len={LONGEST_INPUT}", "-len_control=0", f"-rss_limit_mb={MEGABYTES}"]
    options += [f"-timeout={SECONDS_AN_INPUT}", "-print_final_stats=1", "-verbosity=1"]
    options += [f"-seed={SEED}"] if os.environ.get("CI") else []
    with tempfile.TemporaryDirectory() as folder:
        for kind in range(FIRST_BYTES):  # all that is made once, so that no input waits for it
            try_target(TARGETS[name], bytes([kind]), Path(folder))
        atheris.Setup(
            [sys.argv[0], *options],
            lambda content: try_target(TARGETS[name], content, Path(folder)),
        )
        atheris.Fuzz()


if __name__ == "__main__":
    main()
