"""Checkpoints on disk: what they hold, and what is refused."""

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from tests.training.stand_ins import CtrlC, same, stage, trainer, weights
from ulmus.batches.position import BatchPosition
from ulmus.errors import CheckpointError, OutputError, UlmusWarning
from ulmus.files import hash_file
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


def _forge(folder: Path, change: Callable[[dict[str, Any], dict[str, Tensor]], object]) -> None:
    """Change what a run's newest checkpoint says, and write a hash that fits."""
    before, newest = checkpoints_in(folder)
    shutil.rmtree(before)
    facts, tensors = json.loads((newest / FACTS).read_text()), load_file(newest / TENSORS)
    change(facts, tensors)
    save_file(tensors, newest / TENSORS)
    facts["sha256"] = hash_file(newest / TENSORS)
    (newest / FACTS).write_text(json.dumps(facts))


FORGED = {
    "no identity": lambda f, t: f.pop("identity"),
    "another key": lambda f, t: f.update(novelty=1),
    "a position of text": lambda f, t: f.update(position="here"),
    "an epoch below 0": lambda f, t: f["position"].update(epoch=-1),
    "an epoch of 30 digits": lambda f, t: f["position"].update(epoch=10**30),
    "another number of epochs": lambda f, t: f["position"].update(epoch=7),
    "a stage that was not reached": lambda f, t: f.update(stage=9),
    "a best epoch of text": lambda f, t: f.update(best_epoch="a"),
    "no best merit": lambda f, t: f.update(best_merit=None),
    "a score too long": lambda f, t: f["score"].append(1),
    "an epoch's record too short": lambda f, t: f["epochs"][0].pop(),
    "an average without tensors": lambda f, t: f.update(averaged_steps=3),
    "a weight less": lambda f, t: t.pop("model.decoder_bias"),
    "a kept weight less": lambda f, t: t.pop("best.decoder_bias"),
    "a weight in halves": lambda f, t: t.update({k: t[k].half() for k in t if "decoder" in k}),
    "half a hidden state": lambda f, t: t.pop("recurrent.1.cell"),
    "a flat hidden state": lambda f, t: t.update({"recurrent.0.cell": torch.zeros(3)}),
    "a wider hidden state": lambda f, t: t.update({"recurrent.0.cell": torch.zeros(1, 4, 99)}),
    "no generator": lambda f, t: t.pop("generator.cpu"),
    "a generator of numbers": lambda f, t: t.update({"generator.cpu": torch.zeros(5056)}),
    "a short generator": lambda f, t: t.update({"generator.cpu": torch.zeros(9).byte()}),
}


@pytest.mark.parametrize("forgery", FORGED)
def test_what_is_forged_is_told(forgery: str, tmp_path: Path) -> None:
    _interrupted(tmp_path)
    _forge(tmp_path, FORGED[forgery])
    with pytest.raises(
        CheckpointError, match=r"^the checkpoint is not usable \(\w+\): '.*--resume"
    ):
        _resume(tmp_path)


@pytest.mark.parametrize("change", [torch.flatten, torch.Tensor.half, None])
def test_what_an_optimizer_does_not_fit(change: Any, tmp_path: Path) -> None:
    def forge(_facts: object, tensors: dict[str, Tensor]) -> None:
        name = "optimizer.0.exp_avg"
        tensors[name if change else "optimizer.99.step"] = (change or torch.clone)(tensors[name])

    _interrupted(tmp_path)
    _forge(tmp_path, forge)
    with pytest.raises(CheckpointError, match=r"^the optimizer's tensors are not those of this"):
        _resume(tmp_path)


@pytest.mark.parametrize("name", [FACTS, TENSORS])
@pytest.mark.parametrize("kind", ["pipe", "device", "folder"])
def test_what_is_no_file_is_not_read(name: str, kind: str, tmp_path: Path) -> None:
    _interrupted(tmp_path)
    for checkpoint in checkpoints_in(tmp_path):
        (checkpoint / name).unlink()
        if kind == "pipe":
            os.mkfifo(checkpoint / name)
        elif kind == "device":
            (checkpoint / name).symlink_to("/dev/zero")
        else:
            (checkpoint / name).mkdir()
    with pytest.raises(CheckpointError, match=r"the checkpoint is not usable \(ValueError\)"):
        _resume(tmp_path)


def test_facts_nested_too_deep_are_told(tmp_path: Path) -> None:
    _interrupted(tmp_path)
    _damage(tmp_path, FACTS, lambda _bytes: b"[" * 100_000)
    with pytest.raises(CheckpointError, match=r"the checkpoint is not usable \(ValueError\)"):
        _resume(tmp_path)


def test_folders_that_are_no_checkpoints_are_passed_over(tmp_path: Path) -> None:
    _interrupted(tmp_path)
    before = checkpoints_in(tmp_path)
    shutil.copytree(before[-1], tmp_path / "7th heaven")
    assert checkpoints_in(tmp_path) == before
    _resume(tmp_path)
