"""Training in steps of varied length: rates in the optimizer, records, and resuming exactly."""

import itertools
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from tests.training.stand_ins import (
    WORDS,
    CtrlC,
    Listener,
    StreamStandIn,
    language_model,
    same,
    stage,
    weights,
)
from ulmus.batches import ContiguousBatches, EncodedDocuments
from ulmus.errors import CheckpointError
from ulmus.training.engine import Engine, EngineSettings
from ulmus.training.loop import Trainer
from ulmus.training.objectives import LanguageModelObjective, Score
from ulmus.training.schedules import one_cycle
from ulmus.training.trainer_settings import TrainerSettings

FULL = 14
STAGES = [stage(train_from=-1), stage(name="rest", epochs=2, factor=2.0)]


class Watcher(Listener):
    """Keeps rates, epochs and what it was told of their steps."""

    def __init__(self) -> None:
        self.trainer: Any = None
        self.rates: list[list[float]] = []
        self.told: list[Any] = []
        self.tokens: list[int] = []
        self.epochs: list[int] = []

    def stage_started(self, stage: Any, objective: Any, steps: Any) -> None:
        self.told.append(list(steps))

    def epoch_started(self, epoch: int, steps: int) -> None:
        self.told.append((epoch, steps))

    def step_done(self, epoch: int, step: int, score: Score) -> None:
        self.rates.append([group["lr"] for group in self.trainer.optimizer.param_groups])
        self.tokens.append(score.tokens)
        self.epochs.append(epoch)


def stream(*, vary: bool = True, seed: int = 5) -> ContiguousBatches:
    ids = np.random.default_rng(0).integers(0, WORDS, 1500)
    return ContiguousBatches(
        EncodedDocuments.join(np.split(ids, 30)),
        batch_size=4,
        sequence_length=FULL,
        vary_sequence_length=vary,
        shuffle=True,
        seed=seed,
    )


def make(callbacks: Any = (), *, vary: bool = True, **rest: Any) -> Trainer:
    engine = Engine(EngineSettings(device="cpu", seed=5, precision="fp32"))
    engine.start()
    model, objective = language_model(5), LanguageModelObjective()
    batches, valid = stream(vary=vary), StreamStandIn(2)
    return Trainer(model, objective, batches, valid, engine, callbacks=callbacks, **rest)


def watched(**rest: Any) -> tuple[Trainer, Watcher]:
    watcher = Watcher()
    watcher.trainer = make([watcher], **rest)
    return watcher.trainer, watcher


def test_each_steps_rate_is_the_schedules_by_its_length() -> None:
    run, watcher = watched()
    history = run.run(STAGES)
    lengths = [[b.tokens.shape[1] for b in stream().batches(epoch)] for epoch in range(3)]
    assert watcher.tokens == [4 * length for length in itertools.chain(*lengths)]
    assert len({len(epoch) for epoch in lengths}) > 1
    first, second = lengths[0], lengths[1] + lengths[2]
    expected = [
        1e-2 * one_cycle(step / len(part)).rate * length / FULL
        for part in (first, second)
        for step, length in enumerate(part)
    ]
    assert [rates[-1] for rates in watcher.rates] == pytest.approx(expected, rel=1e-12)
    below = [rates[0] for rates in watcher.rates[len(first) :]]  # two groups below the last
    assert below == pytest.approx([rate / 4 for rate in expected[len(first) :]])
    assert [record.learning_rate for record in history.steps] == pytest.approx(expected)


def test_listeners_and_records_know_the_steps_of_each_epoch() -> None:
    run, watcher = watched()
    history = run.run(STAGES)
    a, b, c = (len(stream().rate_shares(epoch)) for epoch in range(3))
    assert watcher.told == [[a], (0, a), [b, c], (1, b), (2, c)]
    assert [record.step for record in history.epochs] == [a, a + b, a + b + c]
    assert [record.step for record in history.steps] == list(range(1, a + b + c + 1))
    assert [watcher.epochs.count(epoch) for epoch in range(3)] == [a, b, c]


def test_sgd_at_a_constant_rate_is_scaled_too() -> None:
    settings = TrainerSettings(optimizer="nt-asgd")
    run, watcher = watched(settings=settings)
    run.run([stage(learning_rate=3.0, schedule="constant")])
    expected = [3.0 * batch.tokens.shape[1] / FULL for batch in stream().batches(0)]
    assert [rates[0] for rates in watcher.rates] == pytest.approx(expected)


STEPS = [len(stream().rate_shares(epoch)) for epoch in range(3)]
PLACES = {
    "first epoch": 3,
    "its end": STEPS[0],
    "second epoch": STEPS[0] + 5,
    "third epoch": STEPS[0] + STEPS[1] + 2,
    "last step but one": sum(STEPS) - 1,
}


@pytest.mark.parametrize("steps", PLACES.values(), ids=PLACES.keys())
@pytest.mark.parametrize("optimizer", ["adam", "nt-asgd"])
def test_a_resumed_run_ends_like_an_undisturbed_one(
    steps: int, optimizer: Any, tmp_path: Path
) -> None:
    settings = TrainerSettings(optimizer=optimizer, nonmonotone_interval=0)
    schedule = "one-cycle" if optimizer == "adam" else "constant"
    stages = [each.with_(schedule=schedule) for each in STAGES]
    plain, before = watched(settings=settings)
    history = plain.run(stages)
    with pytest.raises(KeyboardInterrupt):
        make([CtrlC(steps)], settings=settings, checkpoint_folder=tmp_path).run(stages)
    run, after = watched(settings=settings, checkpoint_folder=tmp_path)
    torch.manual_seed(99)
    resumed = run.run(stages, resume=True)
    assert same(weights(run.model), weights(plain.model))
    assert [record[:6] for record in resumed.epochs] == [record[:6] for record in history.epochs]
    assert resumed.steps == history.steps
    assert after.rates == before.rates[steps:]


def test_lengths_of_the_other_kind_do_not_resume(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        make([CtrlC(3)], checkpoint_folder=tmp_path).run(STAGES)
    with pytest.raises(CheckpointError, match="the checkpoint is of another run"):
        make(vary=False, checkpoint_folder=tmp_path).run(STAGES, resume=True)
