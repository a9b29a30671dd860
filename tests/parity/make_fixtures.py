"""Make the fixtures of the parity tests with the reference library itself.

Run by hand, in an environment of its own (see README.md beside this file), never by the tests:

    python tests/parity/make_fixtures.py            all of them
    python tests/parity/make_fixtures.py text       one of them

Each module of `reference/` has a function `make()`. The versions that it ran with are written
into every fixture. All of it runs on one thread: how sums are shared among threads changes the
last bits, and fixtures made again are to be the same, byte for byte.
"""

import importlib
import sys
from pathlib import Path

import torch

HERE = Path(__file__).resolve().parent


def main(names: list[str]) -> None:
    """Make the named fixtures, or all."""
    torch.set_num_threads(1)
    sys.path.insert(0, str(HERE.parents[1]))
    modules = HERE.joinpath("reference").glob("*.py")
    known = sorted(path.stem for path in modules if path.stem not in {"__init__", "writing"})
    if unknown := set(names) - set(known):
        sys.exit(f"unknown: {', '.join(sorted(unknown))}; there are {', '.join(known)}")
    for name in names or known:
        print(name, flush=True)
        importlib.import_module(f"tests.parity.reference.{name}").make()


if __name__ == "__main__":
    main(sys.argv[1:])
