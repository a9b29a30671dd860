"""One process among several, seen without the others; tests/processes starts them."""

import sys
from pathlib import Path

import pytest
import torch

from tests.training.stand_ins import CtrlC, stage, trainer
from ulmus.batches.part import Part
from ulmus.errors import CheckpointError, SettingsError
from ulmus.launch import Launch
from ulmus.training.checkpoints import load_checkpoint, save_checkpoint
from ulmus.training.engine import Engine, EngineSettings
from ulmus.training.interruption import Interruption
from ulmus.training.process_state import own_tensors
from ulmus.training.processes import Processes, join_processes
from ulmus.training.wishes import Wishes


def engine(rank: int = 0, processes: int = 1, **changes: float) -> Engine:
    settings = EngineSettings(device="cpu", precision="fp32").with_(**changes)
    return Engine(settings, Processes(Launch(rank, processes, rank)))


def test_one_alone_talks_to_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch.distributed", None)  # importing it would fail
    alone = join_processes()
    assert not alone.several
    assert alone.part == Part(0, 1)
    assert alone.first(lambda: 3) == 3
    assert alone.everyones("x") == ["x"]
    assert alone.summed([1, 2.5]) == [1, 2.5]
    alone.align([torch.ones(2)])


def test_masks_differ_from_process_to_process_and_weights_do_not() -> None:
    drawn = []
    for rank in range(3):
        here = engine(rank, 3)
        here.start()
        weights = torch.rand(4)
        here.start_apart()
        drawn.append((weights, torch.rand(4)))
    assert all(torch.equal(weights, drawn[0][0]) for weights, _ in drawn)
    torch.manual_seed(0)
    assert torch.equal(torch.rand(8)[4:], drawn[0][1])  # the first goes on as one alone would
    assert len({tuple(masks.tolist()) for _, masks in drawn}) == 3


def test_more_processes_than_gpus_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 1)
    with pytest.raises(
        SettingsError,
        match=r"fewer GPUs than processes on this machine: 1; accepted: a GPU for each process\. "
        r"Start 1 with --nproc-per-node, or --set engine.device=cpu\.",
    ):
        Engine(EngineSettings(precision="fp32"), Processes(Launch(1, 2, 1)))


def test_one_process_looks_after_each_step() -> None:
    interruption = Interruption()
    wishes = Wishes(engine(checkpoint_steps=3), interruption)
    assert not wishes.stop
    interruption.number = 2
    assert wishes.stop
    assert [wishes.save_after(step) for step in range(1, 7)] == [False, False, True] * 2
    late = Wishes(engine(checkpoint_minutes=1e-9), interruption)
    assert late.save_after(1)


def test_several_do_what_they_have_heard_of_all() -> None:
    interruption = Interruption()
    first, other = (
        Wishes(engine(rank, 2, checkpoint_minutes=1e-9), interruption) for rank in (0, 1)
    )
    assert first.told() == (False, True)
    assert other.told() == (False, False)  # the first one's clock counts
    interruption.number = 15
    assert other.told() == (True, False)
    assert not other.stop
    assert not first.save_after(1)
    for wishes in (first, other):
        wishes.hear(stop=True, late=True)
        assert wishes.stop
        assert wishes.save_after(1)


def test_a_checkpoint_gives_each_process_back_its_own(tmp_path: Path) -> None:
    run = trainer(checkpoint_folder=tmp_path / "one", callbacks=[CtrlC(2)])
    with pytest.raises(KeyboardInterrupt):
        run.run([stage()])
    mine = own_tensors(run.state)
    other = {name: tensor + (name[0] == "r") for name, tensor in mine.items()}
    torch.manual_seed(99)
    other["generator.cpu"] = torch.get_rng_state()
    save_checkpoint(
        tmp_path / "two",
        identity=run.identity,
        position=run._position(),
        state=run.state,
        everyones=[mine, other],
        model=run.model,
        optimizer=run.optimizer,
    )
    facts = {"identity": run.identity, "position": run._position(), "model": run.model}
    for rank, wanted in enumerate([mine, other]):
        load_checkpoint(tmp_path / "two", **facts, state=run.state, part=Part(rank, 2))
        found = own_tensors(run.state)
        assert found.keys() == wanted.keys()
        assert all(torch.equal(found[name], wanted[name]) for name in wanted)
    with pytest.raises(CheckpointError, match=r"another number of processes: 1; accepted: 2\."):
        load_checkpoint(tmp_path / "two", **facts, state=run.state)
    with pytest.raises(CheckpointError, match=r"another number of processes: 2; accepted: 1\."):
        load_checkpoint(tmp_path / "one", **facts, state=run.state, part=Part(0, 2))
