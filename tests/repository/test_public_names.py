"""The public surface: its names, and how little of the world importing it loads."""

import os
import subprocess
import sys

import pytest

import ulmus

HEAVY = ("matplotlib", "sklearn", "spacy", "torch")
PROMISED = {"Perplexity", "TextProcessor", "UlmfitClassifier", "UlmfitRegressor", "load"}
HELP_SECONDS = 0.5

LOADED = f"import sys; sys.stderr.write(' '.join(set({HEAVY!r}) & set(sys.modules)))"
HELP = f"""
import runpy, sys
sys.argv = ["ulmus", "--help"]
try:
    runpy.run_module("ulmus", run_name="__main__")
except SystemExit as end:
    assert not end.code, end.code
{LOADED}
"""


def run_python(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, encoding="utf-8", check=True
    )


def test_all_is_sorted_and_holds_what_was_promised() -> None:
    assert list(ulmus.__all__) == sorted(set(ulmus.__all__))
    assert set(ulmus.__all__) >= PROMISED


def test_every_public_name_is_there_and_listed() -> None:
    assert set(dir(ulmus)) >= set(ulmus.__all__)
    for name in ulmus.__all__:
        assert getattr(ulmus, name) is not None, name


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no_such_name"):
        _ = ulmus.no_such_name


def test_importing_the_package_loads_nothing_heavy() -> None:
    assert run_python(f"import ulmus\n{LOADED}").stderr == ""


def test_help_loads_nothing_heavy() -> None:
    told = run_python(HELP)
    assert told.stderr == ""
    assert "quickstart" in told.stdout


def test_help_is_quick() -> None:
    """Processor time, which waiting for other work on the machine does not add to."""
    seconds = []
    for _ in range(5):  # the least of several: a busy machine slows even that
        before = os.times()
        command = [sys.executable, "-m", "ulmus", "--help"]
        subprocess.run(command, capture_output=True, check=True)
        after = os.times()
        user = after.children_user - before.children_user
        seconds.append(user + after.children_system - before.children_system)
    assert 0 < min(seconds) < HELP_SECONDS
