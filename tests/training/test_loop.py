"""The training loop: repeatable, keeps the best, stops in time, freezes what it should."""

import csv
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from tests.training.stand_ins import (
    STEPS,
    Listener,
    StreamStandIn,
    same,
    stage,
    trainer,
    weights,
)
from ulmus.errors import SettingsError
from ulmus.training.history import EpochRecord
from ulmus.training.loop import Trainer
from ulmus.training.merit import Keep, Merit
from ulmus.training.objectives import LanguageModelObjective, Score, evaluate
from ulmus.training.schedules import one_cycle
from ulmus.training.trainer_settings import TrainerSettings

TASKS = ["language model", "classifier"]


class Scripted(LanguageModelObjective):
    """Judges the epochs by a list instead of by their loss."""

    def __init__(self, *merits: float, error: float = 0.0) -> None:
        super().__init__()
        self.merits = list(merits)
        self.error = error

    def merit(self, score: Score) -> Merit:
        return Merit(self.merits.pop(0), error=self.error)


class Watcher(Listener):
    """Keeps the weights and rates it saw."""

    def __init__(self) -> None:
        self.trainer: Any = None
        self.epochs: list[dict[str, Tensor]] = []
        self.kept: list[bool] = []
        self.rates: list[list[float]] = []
        self.momenta: list[float] = []
        self.norms: list[float] = []
        self.heard: list[Any] = []

    def stage_started(self, stage: Any, objective: Any, steps: Sequence[int]) -> None:
        self.heard.append((stage.name, list(steps)))

    def epoch_started(self, epoch: int, steps: int) -> None:
        self.heard.append(f"{steps} steps of epoch {epoch}")

    def step_done(self, epoch: int, step: int, score: Score) -> None:
        self.heard.append((epoch, step))
        groups = self.trainer.optimizer.param_groups
        self.rates.append([group["lr"] for group in groups])
        self.momenta.append(groups[0]["betas"][0])
        found = [p.grad for p in self.trainer.model.parameters() if p.grad is not None]
        self.norms.append(math.sqrt(sum(gradient.square().sum().item() for gradient in found)))

    def epoch_done(self, record: EpochRecord, *, kept: bool) -> None:
        self.heard.append(record.epoch)
        self.epochs.append(weights(self.trainer.model))
        self.kept.append(kept)

    def run_ended(self) -> None:
        self.heard.append("end")


def watched(*args: Any, **given: Any) -> tuple[Trainer, Watcher]:
    watcher = Watcher()
    watcher.trainer = trainer(*args, callbacks=[watcher], **given)
    return watcher.trainer, watcher


@pytest.mark.parametrize("task", TASKS)
def test_one_seed_gives_one_result_and_another_seed_another(task: str) -> None:
    ends = []
    for seed in (1, 1, 2):
        run = trainer(task, seed=seed)
        history = run.run([stage(train_from=-1), stage(epochs=2)])
        ends.append((weights(run.model), [e[:6] for e in history.epochs], history.steps))
    assert same(ends[0][0], ends[1][0])
    assert ends[0][1:] == ends[1][1:]
    assert not same(ends[0][0], ends[2][0])


@pytest.mark.parametrize("task", TASKS)
def test_it_learns(task: str) -> None:
    run = trainer(task)
    history = run.run([stage(epochs=20, learning_rate=0.1)])
    first, last = history.epochs[0], history.epochs[-1]
    assert last.valid_loss < 0.6 * first.valid_loss
    better = last.metric < first.metric if task == "language model" else last.metric > 0.9
    assert better


def test_the_best_epochs_weights_are_left_in_the_model() -> None:
    run, watcher = watched(objective=Scripted(1.0, 3.0, 3.0, 2.0))
    run.run([stage(epochs=3), stage(name="second")])
    assert watcher.kept == [True, True, False, False]  # an equal epoch is no better
    assert same(weights(run.model), watcher.epochs[1])
    assert not same(weights(run.model), watcher.epochs[3])


@pytest.mark.parametrize(("keep", "stays"), [("best", 1), ("late", 3), ("last", 4)])
def test_a_later_epoch_may_stay_that_is_hardly_worse(keep: Keep, stays: int) -> None:
    scripted = Scripted(1.0, 3.0, 2.0, 2.5, 1.9, error=1.0)  # 2.0 is a whole error worse
    run, watcher = watched(objective=scripted, settings=TrainerSettings(keep=keep))
    run.run([stage(epochs=5)])
    assert same(weights(run.model), watcher.epochs[stays])
    assert run.state.best_epoch == stays + 1
    assert run.state.best_merit == (3.0, 0.0, 1.0)


def test_without_a_script_the_best_has_the_least_validation_loss() -> None:
    run = trainer()
    history = run.run([stage(epochs=2), stage(name="too fast", epochs=3, learning_rate=1.0)])
    losses = [record.valid_loss for record in history.epochs]
    best = min(losses)
    assert losses[-1] > best
    score = evaluate(run.model, run.objective, StreamStandIn(2).batches(0))
    assert score.mean_loss == pytest.approx(best)


@pytest.mark.parametrize(
    ("patience", "merits", "epochs"),
    [
        (2, [1, 0, 0, 0, 0], (3, 2)),  # the next stage has its own chance
        (1, [5, 5, 9, 0], (2, 2)),  # an equal epoch is no gain
        (1, [5, 5, 4], (2, 1)),
        (2, [1, 0, 2, 0, 0, 9], (4, 2)),
        (0, [1, 0, 0, 0, 0, 0], (4, 2)),
    ],
)
def test_patience_ends_a_stage(patience: int, merits: list[float], epochs: tuple[int, int]) -> None:
    settings = TrainerSettings(patience=patience)
    run = trainer(objective=Scripted(*merits), settings=settings)
    history = run.run([stage(epochs=4), stage(name="second", epochs=2)])
    names = [record.stage for record in history.epochs]
    assert (names.count("all"), names.count("second")) == epochs


def test_frozen_groups_stand_still_while_batch_norm_goes_on() -> None:
    run, watcher = watched("classifier")
    start = weights(run.model)
    run.run([stage(train_from=-1)])
    end = watcher.epochs[0]
    for name, value in end.items():
        assert torch.equal(value, start[name]) == name.startswith("encoder."), name
    assert end["head.layers.0.num_batches_tracked"].item() == STEPS
    assert not torch.equal(end["head.layers.4.running_var"], start["head.layers.4.running_var"])


def test_a_later_stage_thaws_the_rest() -> None:
    run, watcher = watched()
    start = weights(run.model)
    run.run([stage(train_from=-1), stage(train_from=-2), stage()])
    moved = [
        {name for name in start if not torch.equal(one[name], other[name])}
        for one, other in zip([start, *watcher.epochs], watcher.epochs, strict=False)
    ]
    tied = {"encoder.embedding", "decoder_bias"}
    assert moved[0] == tied
    assert moved[1] == tied | {name for name in start if ".layers.1." in name}
    assert moved[2] == set(start)


def test_rates_and_momentum_follow_the_schedule_over_the_whole_stage() -> None:
    run, watcher = watched()
    history = run.run([stage(epochs=2, factor=2.0, learning_rate=8e-3)])
    points = [one_cycle(step / (2 * STEPS)) for step in range(2 * STEPS)]
    assert [rates[-1] for rates in watcher.rates] == pytest.approx([8e-3 * p.rate for p in points])
    assert [rates[0] for rates in watcher.rates] == pytest.approx([2e-3 * p.rate for p in points])
    assert watcher.momenta == pytest.approx([p.momentum for p in points])
    assert [step.learning_rate for step in history.steps] == pytest.approx(
        [8e-3 * p.rate for p in points]
    )
    assert watcher.rates[0][-1] == pytest.approx(8e-3 / 25)


def test_every_epoch_of_the_run_has_its_own_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def batches(self: StreamStandIn, epoch: int, start_step: int = 0) -> Any:
        asked.append((self.seed, epoch, start_step))
        return given(self, epoch, start_step)

    given = StreamStandIn.batches
    monkeypatch.setattr(StreamStandIn, "batches", batches)
    trainer().run([stage(epochs=2), stage(name="second")])
    training, judging = 1, 2
    assert [call for call in asked if call[0] == training] == [(1, 0, 0), (1, 1, 0), (1, 2, 0)]
    assert [call for call in asked if call[0] == judging] == [(2, 0, 0)] * 3


def test_momenta_and_adams_constants_are_settings() -> None:
    settings = TrainerSettings(momenta=(0.95, 0.85, 0.9), squared_momentum=0.9, epsilon=1e-8)
    run, watcher = watched(settings=settings)
    run.run([stage(epochs=2)])
    points = [one_cycle(step / (2 * STEPS), (0.95, 0.85, 0.9)) for step in range(2 * STEPS)]
    assert watcher.momenta == [point.momentum for point in points]
    assert {group["betas"][1] for group in run.optimizer.param_groups} == {0.9}
    assert {group["eps"] for group in run.optimizer.param_groups} == {1e-8}


def test_all_stages_are_checked_before_the_first_begins() -> None:
    run, watcher = watched()
    with pytest.raises(SettingsError, match=r"train from: -4; accepted: -3 to 2\. Choose another"):
        run.run([stage(), stage(name="second", train_from=-4)])
    assert watcher.heard == []


def test_gradients_are_clipped_to_their_largest_norm() -> None:
    run, watcher = watched(settings=TrainerSettings(clip=1e-3))
    run.run([stage()])
    assert watcher.norms == pytest.approx([1e-3] * STEPS, rel=1e-2)
    run, watcher = watched(settings=TrainerSettings(clip=1e3))
    run.run([stage()])
    assert max(watcher.norms) < 1e3


def test_listeners_hear_everything_in_order() -> None:
    run, watcher = watched()
    run.run([stage(epochs=2), stage(name="second")])
    steps = list(range(1, STEPS + 1))
    assert watcher.heard == [
        ("all", [STEPS, STEPS]),
        f"{STEPS} steps of epoch 0",
        *[(0, step) for step in steps],
        1,
        f"{STEPS} steps of epoch 1",
        *[(1, step) for step in steps],
        2,
        ("second", [STEPS]),
        f"{STEPS} steps of epoch 2",
        *[(2, step) for step in steps],
        3,
        "end",
    ]


def test_history_holds_what_the_batches_gave(tmp_path: Path) -> None:
    run = trainer()
    history = run.run([stage(epochs=2), stage(name="second")])
    assert [(e.stage, e.epoch, e.step) for e in history.epochs] == [
        ("all", 1, STEPS),
        ("all", 2, 2 * STEPS),
        ("second", 3, 3 * STEPS),
    ]
    for number, epoch in enumerate(history.epochs):
        steps = history.steps[number * STEPS : (number + 1) * STEPS]
        mean = sum(step.train_loss for step in steps) / STEPS  # batches of equal size
        assert epoch.train_loss == pytest.approx(mean)
        assert epoch.metric == pytest.approx(math.exp(epoch.valid_loss))
        assert epoch.tokens_per_second == pytest.approx(4 * 6 * STEPS / epoch.seconds)
    history.write(tmp_path)
    with (tmp_path / "history.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    written = [float(row["perplexity"]) for row in rows]
    assert written == pytest.approx([epoch.metric for epoch in history.epochs], rel=1e-5)


def test_a_long_epoch_is_recorded_about_forty_times(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ulmus.training.loop.STEP_RECORDS_PER_EPOCH", 2)
    history = trainer().run([stage(epochs=2)])
    assert [step.step for step in history.steps] == [2, 4, 6, 8, 10]


def test_a_loss_that_explodes_is_told_and_listeners_hear_the_end() -> None:
    run, watcher = watched()
    torch.nn.init.constant_(run.model.decoder_bias, math.inf)
    with pytest.raises(SettingsError, match="the loss is no longer a finite number: nan"):
        run.run([stage()])
    assert watcher.heard == [("all", [STEPS]), f"{STEPS} steps of epoch 0", "end"]
