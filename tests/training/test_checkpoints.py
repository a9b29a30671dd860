"""Checkpoints on disk: what they hold, and what is refused."""

import json
from pathlib import Path

import pytest
import torch

from tests.training.stand_ins import CtrlC, same, stage, trainer, weights
from ulmus.batches.position import BatchPosition
from ulmus.errors import CheckpointError, OutputError
from ulmus.training.checkpoints import MARKER, TENSORS, load_checkpoint
from ulmus.training.loop import Trainer
from ulmus.training.parameter_groups import build_optimizer

STAGES = [stage(epochs=2)]


def _interrupted(folder: Path, steps: int = 7) -> Trainer:
    run = trainer(checkpoint_folder=folder, callbacks=[CtrlC(steps)])
    with pytest.raises(KeyboardInterrupt):
        run.run(STAGES)
    return run


def test_everything_the_loop_remembers_comes_back(tmp_path: Path) -> None:
    run = _interrupted(tmp_path)
    generator = torch.get_rng_state()
    other = trainer(seed=3)
    moments = load_checkpoint(
        tmp_path,
        identity=run.identity,
        position=BatchPosition(fingerprint="", seed=0),
        state=other.state,
        model=other.model,
    )
    assert torch.equal(torch.get_rng_state(), generator)
    assert same(weights(other.model), weights(run.model))
    assert same(other.state.best, run.state.best)
    torch.testing.assert_close(other.state.recurrent, run.state.recurrent, rtol=0, atol=0)
    plain = {k: v for k, v in vars(run.state).items() if k not in ("best", "recurrent")}
    assert {k: v for k, v in vars(other.state).items() if k in plain} == plain
    assert plain["step"] == 2
    assert plain["run_step"] == 7
    optimizer = build_optimizer(other.model.layer_groups(), STAGES[0], 0.01)
    optimizer.restore(moments)
    wanted = run.optimizer.tensors()
    assert len(wanted) == 3 * len(list(run.model.parameters()))
    torch.testing.assert_close(optimizer.tensors(), wanted, rtol=0, atol=0)
    assert {group["peak"] for group in optimizer.param_groups} == {1e-2}


def _resume(folder: Path) -> None:
    trainer(checkpoint_folder=folder).run(STAGES, resume=True)


@pytest.mark.parametrize("name", [MARKER, TENSORS])
def test_a_missing_file_is_told(name: str, tmp_path: Path) -> None:
    _interrupted(tmp_path)
    (tmp_path / name).unlink()
    with pytest.raises(CheckpointError, match=r"there is no usable checkpoint \(FileNotFound.*: '"):
        _resume(tmp_path)


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match=r"no usable checkpoint .* without --resume"):
        _resume(tmp_path / "nowhere")


@pytest.mark.parametrize("name", [MARKER, TENSORS])
@pytest.mark.parametrize("share", [0.0, 0.5])
def test_a_truncated_file_is_told(name: str, share: float, tmp_path: Path) -> None:
    _interrupted(tmp_path)
    whole = (tmp_path / name).read_bytes()
    (tmp_path / name).write_bytes(whole[: int(len(whole) * share)])
    with pytest.raises(CheckpointError, match="there is no usable checkpoint"):
        _resume(tmp_path)


@pytest.mark.parametrize("text", ["[]", "{}", "3", "null", "\x00"])
def test_a_file_of_something_else_is_told(text: str, tmp_path: Path) -> None:
    _interrupted(tmp_path)
    (tmp_path / MARKER).write_text(text, "utf-8")
    with pytest.raises(CheckpointError, match="there is no usable checkpoint"):
        _resume(tmp_path)


def test_another_schema_is_told(tmp_path: Path) -> None:
    _interrupted(tmp_path)
    facts = json.loads((tmp_path / MARKER).read_text("utf-8"))
    (tmp_path / MARKER).write_text(json.dumps(facts | {"schema": 9}), "utf-8")
    with pytest.raises(CheckpointError, match="by another version: 9; accepted: schema 2"):
        _resume(tmp_path)


def test_a_folder_of_other_things_is_not_overwritten(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work", "utf-8")
    with pytest.raises(OutputError, match="the output path is taken"):
        trainer(checkpoint_folder=tmp_path).run(STAGES)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]
