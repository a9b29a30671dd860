"""Checkpoints on disk: what they hold, and what is refused."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from tests.training.stand_ins import CtrlC, same, stage, trainer, weights
from ulmus.batches.position import BatchPosition
from ulmus.errors import CheckpointError, OutputError, UlmusWarning
from ulmus.training.checkpoints import (
    FACTS,
    MARKER,
    TENSORS,
    checkpoints_in,
    load_checkpoint,
)
from ulmus.training.engine import Engine, EngineSettings
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


def _damage(folder: Path, name: str, how: Callable[[bytes], bytes | None]) -> None:
    """Change or remove a file of all checkpoints of a run."""
    for checkpoint in checkpoints_in(folder):
        file = checkpoint / name
        changed = how(file.read_bytes())
        if changed is None:
            file.unlink()
        else:
            file.write_bytes(changed)


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    _interrupted(tmp_path)
    _damage(tmp_path, TENSORS, lambda _bytes: None)
    with pytest.raises(CheckpointError, match=r"checkpoint is not usable \(FileNotFound.*: '"):
        _resume(tmp_path)


@pytest.mark.parametrize("made", [False, True])
def test_a_folder_without_checkpoints_is_told(made: bool, tmp_path: Path) -> None:
    if made:
        _interrupted(tmp_path / "nowhere")
        _damage(tmp_path / "nowhere", FACTS, lambda _bytes: None)
    with pytest.raises(CheckpointError, match=r"no usable checkpoint: .* without --resume"):
        _resume(tmp_path / "nowhere")


@pytest.mark.parametrize("name", [FACTS, TENSORS])
@pytest.mark.parametrize("share", [0.0, 0.5])
def test_a_truncated_file_is_told(name: str, share: float, tmp_path: Path) -> None:
    _interrupted(tmp_path)
    _damage(tmp_path, name, lambda whole: whole[: int(len(whole) * share)])
    with pytest.raises(CheckpointError, match="the checkpoint is not usable"):
        _resume(tmp_path)


@pytest.mark.parametrize("text", ["[]", "{}", "3", "null", "\x00"])
def test_a_file_of_something_else_is_told(text: str, tmp_path: Path) -> None:
    _interrupted(tmp_path)
    _damage(tmp_path, FACTS, lambda _bytes: text.encode())
    with pytest.raises(CheckpointError, match="the checkpoint is not usable"):
        _resume(tmp_path)


def test_another_schema_is_told(tmp_path: Path) -> None:
    _interrupted(tmp_path)
    _damage(tmp_path, FACTS, lambda text: json.dumps(json.loads(text) | {"schema": 9}).encode())
    with pytest.raises(CheckpointError, match="by another version: 9; accepted: schema 3"):
        _resume(tmp_path)


def test_a_single_changed_byte_is_noticed_and_the_one_before_taken(tmp_path: Path) -> None:
    undisturbed = trainer()
    undisturbed.run(STAGES)
    _interrupted(tmp_path)  # one is of the end of the first epoch
    before, newest = checkpoints_in(tmp_path)
    tensors = bytearray((newest / TENSORS).read_bytes())
    tensors[-1] ^= 1
    (newest / TENSORS).write_bytes(tensors)
    run = trainer(checkpoint_folder=tmp_path)
    told = rf"not usable \(ValueError\): '.*{newest.name}'; going on from '.*{before.name}'"
    with pytest.warns(UlmusWarning, match=told):
        run.run(STAGES, resume=True)
    assert same(weights(run.model), weights(undisturbed.model))


@pytest.mark.parametrize(("kept", "names"), [(1, ["000004"]), (3, ["000002", "000003", "000004"])])
def test_so_many_stay(kept: int, names: list[str], tmp_path: Path) -> None:
    engine = Engine(EngineSettings(device="cpu", precision="fp32", checkpoints_kept=kept))
    run = trainer(checkpoint_folder=tmp_path, engine=engine)
    run.run([stage(epochs=4)])
    assert [path.name for path in checkpoints_in(tmp_path)] == names
    assert sorted(path.name for path in tmp_path.iterdir()) == [*names, MARKER]


def test_one_is_written_every_so_many_steps(tmp_path: Path) -> None:
    how = EngineSettings(device="cpu", precision="fp32", checkpoint_steps=2, checkpoints_kept=99)
    run = trainer(checkpoint_folder=tmp_path, engine=Engine(how))
    run.run([stage(epochs=1)])  # of five steps
    reached = [json.loads((p / FACTS).read_text("utf-8")) for p in checkpoints_in(tmp_path)]
    assert [facts["run_step"] for facts in reached] == [2, 4, 5]


def test_a_folder_of_other_things_is_not_overwritten(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work", "utf-8")
    with pytest.raises(OutputError, match="the output path is taken"):
        trainer(checkpoint_folder=tmp_path).run(STAGES)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]
