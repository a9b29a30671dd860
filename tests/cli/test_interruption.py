"""Ctrl-C: one line, and a run that goes on as if nothing had been."""

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Chain
from tests.cli.running import done, ulmus
from ulmus.cli.interruption import resumable
from ulmus.errors import ProcessError, Terminated
from ulmus.training.progress import LineProgress


def weights(folder: Path) -> bytes:
    return (folder / "model.safetensors").read_bytes()


def kept(place: Path, how: str = "interrupted") -> str:
    return (
        f"ulmus: {how}: what was done is kept in {place}. To go on, run the same command "
        "with --resume."
    )


@pytest.fixture
def ctrl_c_at(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return a function that sets the step at which the user presses Ctrl-C."""
    steps = 0
    shown = LineProgress.step_done

    def press_at(wanted: int) -> None:
        def step_done(self: LineProgress, *heard: Any) -> None:
            nonlocal steps
            steps += 1
            if steps == wanted:
                os.kill(os.getpid(), signal.SIGINT)
            shown(self, *heard)

        monkeypatch.setattr(LineProgress, "step_done", step_done)

    return press_at


@pytest.mark.parametrize(
    ("number", "how", "code"),
    [(signal.SIGINT, "interrupted", 130), (signal.SIGTERM, "terminated", 143)],
)
def test_a_process_that_is_asked_to_stop_goes_on(
    number: int, how: str, code: int, chain: Chain, tmp_path: Path
) -> None:
    command = ["pretrain", str(chain.corpus), "--model", "tiny", "--epochs", "40", "--seed", "5"]
    out = tmp_path / "model"
    with subprocess.Popen(
        [sys.executable, "-m", "ulmus", *command, "--out", str(out)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stderr is not None
        line = ""
        while "epoch 2:" not in line:
            line = process.stderr.readline()
            assert line, "it ended before it was interrupted"
        process.send_signal(number)
        said, told = process.communicate(timeout=60)
    assert process.returncode == code
    assert said == ""
    *epochs, last = told.splitlines()
    assert all(line.startswith("  epoch ") for line in epochs)
    assert last == kept(tmp_path / "model.checkpoint", how)
    assert [path.name for path in tmp_path.iterdir()] == ["model.checkpoint"]

    resumed = done(*command, "--out", out, "--resume")
    assert 0 < resumed.err.count("  epoch ") < 39
    assert [path.name for path in tmp_path.iterdir()] == ["model"]
    done(*command, "--out", tmp_path / "undisturbed")
    assert weights(out) == weights(tmp_path / "undisturbed")


@pytest.mark.parametrize("verb", ["finetune", "classifier"])
def test_training_on_a_source_goes_on(
    chain: Chain, tmp_path: Path, ctrl_c_at: Any, verb: str
) -> None:
    model = chain.language_model if verb == "finetune" else chain.finetuned
    part = "language_model" if verb == "finetune" else "classifier"
    flags = ("--epochs", 2, "--seed", 1, "--set", f"{part}.batch_size=16")
    command = (verb, model, chain.table, *flags)
    done(*command, "--out", tmp_path / "undisturbed")
    out = tmp_path / "model"
    ctrl_c_at(4)
    outcome = ulmus(*command, "--out", out)
    assert outcome.code == 130
    assert outcome.out == ""
    assert outcome.err.splitlines()[-1] == kept(tmp_path / "model.checkpoint")
    assert {path.name for path in tmp_path.iterdir()} == {"model.checkpoint", "undisturbed"}
    done(*command, "--out", out, "--resume")
    assert weights(out) == weights(tmp_path / "undisturbed")
    assert {path.name for path in tmp_path.iterdir()} == {"model", "undisturbed"}


def test_a_fit_goes_on_where_it_was(chain: Chain, tmp_path: Path, ctrl_c_at: Any) -> None:
    flags = ("--model", "tiny", "--seed", 1, "--set", "language_model.epochs=2")
    flags += ("--set", "classifier.batch_size=32")
    command = ("fit", chain.table, *flags, "--set", "classifier.epochs=3")
    undisturbed = done(*command, "--out", tmp_path / "undisturbed")
    out = tmp_path / "model"
    assert undisturbed.err.count(" epochs of 1 steps, ") == 2
    ctrl_c_at(4)  # after the language model's two steps and two of the classifier's
    outcome = ulmus(*command, "--out", out)
    assert outcome.code == 130
    assert outcome.err.splitlines()[-1] == kept(tmp_path / "model.work")
    assert not out.exists()
    resumed = done(*command, "--out", out, "--resume")
    assert not resumed.err.startswith("language model")  # which was finished
    assert weights(out) == weights(tmp_path / "undisturbed")
    assert {path.name for path in tmp_path.iterdir()} == {"model", "undisturbed"}


@pytest.mark.parametrize(
    ("number", "code", "told"),
    [(signal.SIGINT, 130, "interrupted"), (signal.SIGTERM, 143, "terminated")],
)
def test_where_nothing_is_kept_nothing_is_promised(
    number: int,
    code: int,
    told: str,
    chain: Chain,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def press(*_chunks: Any, **_how: Any) -> None:
        os.kill(os.getpid(), number)

    monkeypatch.setattr("ulmus.corpus.workers.cut_chunks", press)
    before = [path.name for path in tmp_path.iterdir()]
    for command in (
        ("prepare", chain.table),
        ("finetune", chain.language_model, chain.table),
    ):
        assert ulmus(*command, "--out", tmp_path / "out") == (code, "", f"ulmus: {told}.\n")
    assert [path.name for path in tmp_path.iterdir()] == before


@pytest.mark.parametrize("kept", [True, False])
def test_the_end_of_another_process_counts_where_torchrun_is_quick(
    kept: bool, tmp_path: Path
) -> None:
    """It asks the others to end while they are about to say what has happened."""
    place = tmp_path if kept else tmp_path / "nothing"
    told = f"ended; what was done is kept in {tmp_path}" if kept else r"ended\.$"
    with pytest.raises(ProcessError, match=told), resumable(place):
        try:
            raise ProcessError("ended")
        finally:
            raise Terminated
