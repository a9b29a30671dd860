"""Processes that are stopped or killed, and a run that goes on as if nothing had been."""

import signal
import sys
from pathlib import Path

import pytest

from tests.processes.conftest import World
from tests.processes.running import disturbed, done_together, together

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="a rank is found through /proc")

TO_GO_ON = "To go on, run the same command with --resume."


def command(world: World) -> tuple[object, ...]:
    """Return one that takes some seconds, with dropout."""
    settings = ("language_model.batch_size=4", "language_model.sequence_length=10")
    flags = [part for setting in settings for part in ("--set", setting)]
    many = ("--model", "tiny", "--epochs", 24, "--seed", 5, "--set", "engine.device=cpu")
    return ("pretrain", world.corpus, *many, *flags)


def weights(folder: Path) -> bytes:
    return (folder / "model.safetensors").read_bytes()


@pytest.fixture(scope="module")
def undisturbed(world: World, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The weights of a run that nothing happened to."""
    out = tmp_path_factory.mktemp("undisturbed") / "model"
    done_together(*command(world), "--out", out)
    return weights(out)


@pytest.mark.parametrize(
    ("number", "rank", "how"),
    [(signal.SIGINT, None, "interrupted"), (signal.SIGTERM, 1, "terminated")],
)
def test_a_run_that_is_asked_to_stop_goes_on_bit_for_bit(
    number: int, rank: int | None, how: str, world: World, undisturbed: bytes, tmp_path: Path
) -> None:
    out, kept = tmp_path / "model", tmp_path / "model.checkpoint"
    outcome = disturbed(*command(world), "--out", out, number=number, rank=rank)
    assert outcome.code != 0
    assert outcome.said == [f"ulmus: {how}: what was done is kept in {kept}. {TO_GO_ON}"]
    assert [path.name for path in tmp_path.iterdir()] == [kept.name]
    done_together(*command(world), "--out", out, "--resume")
    assert weights(out) == undisturbed
    assert [path.name for path in tmp_path.iterdir()] == ["model"]


@pytest.mark.parametrize("rank", [0, 1])
def test_a_killed_process_ends_the_job(rank: int, world: World, tmp_path: Path) -> None:
    out, kept = tmp_path / "model", tmp_path / "model.checkpoint"
    outcome = disturbed(*command(world), "--out", out, number=signal.SIGKILL, rank=rank)
    assert outcome.code != 0
    said = f"another process of this run has ended; what was done is kept in {kept}. {TO_GO_ON}"
    assert outcome.said == [f"ulmus: {said}"]
    others = together(*command(world), "--out", out, "--resume", processes=3)
    assert others.said == [
        "ulmus: the checkpoint was made by another number of processes: 3; accepted: 2. "
        "Resume with that many (torchrun --nproc-per-node 2), or start anew."
    ]


@pytest.mark.parametrize("rank", [0, 1])
def test_a_restart_goes_on_by_itself(
    rank: int, world: World, undisturbed: bytes, tmp_path: Path
) -> None:
    out = tmp_path / "model"
    outcome = disturbed(*command(world), "--out", out, number=signal.SIGKILL, rank=rank, restarts=1)
    assert outcome.code == 0, outcome
    assert "epoch 1:" not in outcome.err
    assert weights(out) == undisturbed
    assert [path.name for path in tmp_path.iterdir()] == ["model"]


def test_a_classifier_that_is_killed_goes_on_bit_for_bit(world: World, tmp_path: Path) -> None:
    """In the midst of an epoch, of a stage that trains some layers only."""
    settings = ("classifier.batch_size=4", "classifier.unfreeze=gradual", "engine.device=cpu")
    flags = [part for setting in settings for part in ("--set", setting)]
    saved = ("--set", "engine.checkpoint_steps=2", "--epochs", 6, "--seed", 5)
    made = ("classifier", world.language_model, world.table, *flags, *saved)
    done_together(*made, "--out", tmp_path / "whole")
    killed = [*made, "--out", tmp_path / "killed"]
    outcome = disturbed(*killed, number=signal.SIGKILL, rank=1, restarts=1)
    assert outcome.code == 0, outcome
    assert "epoch 1:" not in outcome.err
    assert weights(tmp_path / "killed") == weights(tmp_path / "whole")
    assert {path.name for path in tmp_path.iterdir()} == {"killed", "whole"}
