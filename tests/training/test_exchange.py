"""One process that exchanges with itself alone: the steps of several, seen from within one."""

import atexit
from collections.abc import Iterator
from typing import Any

import pytest
import torch
from torch import distributed

from tests.training.stand_ins import STEPS, CtrlC, same, stage, trainer, weights
from ulmus.launch import Launch
from ulmus.training.engine import Engine, EngineSettings
from ulmus.training.processes import Processes, _join

DEVICES = [
    "cpu",
    # With recorded kernels, and gradients that NCCL exchanges.
    pytest.param(
        "cuda", marks=pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
    ),
]


class Joined(Processes):
    """One alone that does what several do."""

    several = True


@pytest.fixture
def joined(monkeypatch: pytest.MonkeyPatch) -> Iterator[Processes]:
    told = {"RANK": "0", "WORLD_SIZE": "1", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": "0"}
    for name, value in told.items():
        monkeypatch.setenv(name, value)
    _join(Launch())
    yield Joined()
    distributed.destroy_process_group()
    atexit.unregister(distributed.destroy_process_group)


def run(device: Any, task: str, processes: Processes | None = None) -> Any:
    engine = Engine(EngineSettings(device=device, precision="fp32"), processes)
    trained = trainer(task, engine=engine)
    trained.run([stage(epochs=2)])
    return trained


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("task", ["language model", "classifier"])
def test_what_is_exchanged_is_what_was_learned(device: Any, task: str, joined: Processes) -> None:
    alone, exchanged = run(device, task), run(device, task, joined)
    losses = [
        [(epoch.train_loss, epoch.valid_loss) for epoch in each.state.history.epochs]
        for each in (alone, exchanged)
    ]
    if device == "cpu":
        assert losses[1] == losses[0]
        assert same(weights(exchanged.model), weights(alone.model))
    else:  # where sums are not taken in the same order twice
        assert losses[1] == [pytest.approx(each, rel=1e-5) for each in losses[0]]


def test_a_signal_behind_the_last_step_is_heard(joined: Processes) -> None:
    engine = Engine(EngineSettings(device="cpu", precision="fp32"), joined)
    asked = trainer(engine=engine, callbacks=[CtrlC(STEPS)])
    with pytest.raises(KeyboardInterrupt):
        asked.run([stage()])
    assert len(asked.state.history.epochs) == 1
