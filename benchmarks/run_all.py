"""Run every benchmark and write what they found to `benchmarks/RESULTS.md`.

    python benchmarks/run_all.py [--quick] [--peer PYTHON]

With `--quick` jobs are small and rounds few; then the report goes to `.results/quick.md`.
"""

import argparse
import os
import subprocess
import sys
import time

from harness.goals import SCRIPTS
from harness.missing import MissingError
from harness.peer import peer_python
from harness.report import report
from harness.results import RESULTS, result_path
from harness.rounds import FOLDER


def main() -> None:
    parser = argparse.ArgumentParser(description="Run all benchmarks and write the report.")
    parser.add_argument("--quick", action="store_true", help="small jobs, few rounds")
    parser.add_argument("--peer", help="a Python with fastai (default: PEER, or our own)")
    options = parser.parse_args()
    try:
        peer = peer_python(options.peer)
    except MissingError as error:
        print(f"run_all: {error}", file=sys.stderr)
        sys.exit(2)
    for script in SCRIPTS:
        _run(script, peer, quick=options.quick)
    path = RESULTS / "quick.md" if options.quick else FOLDER / "RESULTS.md"
    path.write_text(report(peer, quick=options.quick), encoding="utf-8")
    print(f"\nwritten to {path.relative_to(FOLDER.parent)}")


def _run(script: str, peer: str, *, quick: bool) -> None:
    """Run one script; another one's failure leaves the rest of the report as it is."""
    result_path(script, quick=quick).unlink(missing_ok=True)
    print(f"\n{script}", flush=True)
    command = [sys.executable, str(FOLDER / f"{script}.py"), *(["--quick"] if quick else [])]
    started = time.perf_counter()
    done = subprocess.run(command, env={**os.environ, "PEER": peer}, check=False)
    if done.returncode:
        print(f"{script} ended with {done.returncode}", file=sys.stderr)
    print(f"({time.perf_counter() - started:.0f} s)", flush=True)


if __name__ == "__main__":
    main()
