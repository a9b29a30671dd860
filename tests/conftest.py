"""What every test may rely on: quiet libraries, one thread, and the shared data if it is there."""

import os
import signal
from pathlib import Path

# Set before the first import of torch, numpy or matplotlib, and inherited by started processes.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("MKL_NUM_THREADS", "1")
os.environ.setdefault("MPLBACKEND", "Agg")

import hypothesis
import pytest

# A shell that runs the tests in its background has them ignore Ctrl-C, which some of them press.
signal.signal(signal.SIGINT, signal.default_int_handler)

REPOSITORY = Path(__file__).resolve().parent.parent

# Shared machines stall at times, so no deadlines; in CI the examples are always the same.
hypothesis.settings.register_profile("here", deadline=None)
hypothesis.settings.register_profile("ci", deadline=None, derandomize=True)
hypothesis.settings.load_profile("ci" if os.environ.get("CI") else "here")


@pytest.fixture(scope="session")
def data_folder() -> Path:
    """Return the folder of shared data sets, or skip the test where there is none."""
    folder = Path(os.environ.get("ULMUS_DATA") or REPOSITORY.parent / "shared" / "data")
    if not folder.is_dir():
        pytest.skip(f"no shared data at {folder}; set ULMUS_DATA to its folder")
    return folder
