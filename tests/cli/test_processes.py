"""What only a process of its own can show: how fast it starts, what it loads, closed pipes."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import Chain
from tests.cli.films import reviews, write_table
from ulmus.cli.main import VERBS

HEAVY = ("torch", "spacy", "sklearn", "pyarrow", "numpy", "matplotlib", "sentencepiece", "pandas")
SEE_WHAT_HELP_LOADS = f"""
import contextlib, io, sys
from ulmus.cli.main import VERBS, main
for arguments in (["--help"], ["--version"], *([verb, "--help"] for verb in VERBS)):
    sys.argv = ["ulmus", *arguments]
    with contextlib.redirect_stdout(io.StringIO()) as shown, contextlib.suppress(SystemExit):
        main()
    assert shown.getvalue()
    print(arguments, [name for name in {HEAVY} if name in sys.modules])
"""


def python(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


def test_help_loads_nothing_heavy() -> None:
    lines = python("-c", SEE_WHAT_HELP_LOADS).stdout.splitlines()
    assert len(lines) == 2 + len(VERBS)
    assert [line for line in lines if not line.endswith(" []")] == []


def test_help_is_quick() -> None:
    python("-m", "ulmus", "--help")  # so that all is compiled and cached
    seconds = []
    for _ in range(3):
        before = os.times()
        assert python("-m", "ulmus", "--help").returncode == 0
        after = os.times()
        # Not by the clock: others may be using the machine.
        spent = after.children_user - before.children_user
        seconds.append(spent + after.children_system - before.children_system)
    assert min(seconds) < 0.5


@pytest.mark.parametrize("verb", ["tokenize", "predict", "--help"])
def test_a_reader_that_has_gone_is_no_error(chain: Chain, tmp_path: Path, verb: str) -> None:
    arguments = [verb]
    if verb == "predict":  # written at once, when all is done
        arguments += [str(chain.classifier), str(chain.table)]
    if verb == "tokenize":  # more than a pipe holds
        table = write_table(tmp_path / "many.csv", reviews(2000))
        arguments += [str(table), "--tokenizer", "characters"]
    with subprocess.Popen(
        [sys.executable, "-m", "ulmus", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        if verb == "tokenize":
            assert process.stdout.readline().startswith("xxbos T h e ▁")
        process.stdout.close()
        assert process.stderr.read() == ""
        assert process.wait(timeout=60) == 0
