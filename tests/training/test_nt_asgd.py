"""Training by NT-ASGD: the steps, when it averages, what it judges and keeps, and resuming."""

from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from tests.training.stand_ins import (
    STEPS,
    CtrlC,
    Listener,
    StreamStandIn,
    language_model,
    same,
    stage,
    trainer,
    weights,
)
from ulmus.errors import CheckpointError, SettingsError
from ulmus.models.awd_lstm import NO_DROPOUTS
from ulmus.training.history import History
from ulmus.training.loop import Trainer
from ulmus.training.objectives import LanguageModelObjective, evaluate
from ulmus.training.optimizers import GradientDescent
from ulmus.training.trainer_settings import TrainerSettings

DECAY, CLIP, RATE = 0.001, 0.3, 20.0
SETTINGS = TrainerSettings(
    optimizer="nt-asgd", weight_decay=DECAY, clip=CLIP, nonmonotone_interval=1
)
LONG = stage(epochs=6, learning_rate=RATE, schedule="constant")
START = 3
"""Epochs before averaging, as the validation losses of `LONG` turn out."""


class Watcher(Listener):
    """Keeps the weights after every step."""

    def __init__(self) -> None:
        self.trainer: Any = None
        self.seen: list[dict[str, Tensor]] = []

    def step_done(self, *heard: Any) -> None:
        self.seen.append(weights(self.trainer.model))


def run_long(**rest: Any) -> tuple[Trainer, Watcher, History]:
    watcher = Watcher()
    run = trainer(seed=5, settings=SETTINGS, callbacks=[watcher], **rest)
    watcher.trainer = run
    return run, watcher, run.run([LONG])


def averaged_epochs(history: History) -> list[bool]:
    return [record.stage == "all, averaged" for record in history.epochs]


def test_the_whole_run_is_torchs_sgd_then_asgd() -> None:
    """The published procedure written down with torch's optimizers, dropouts off."""
    objective = LanguageModelObjective(alpha=0, beta=0)
    run = trainer(seed=5, settings=SETTINGS, objective=objective)
    run.model.encoder.dropouts = NO_DROPOUTS
    history = run.run([LONG])

    model = language_model(5, NO_DROPOUTS)
    given: dict[str, Any] = {"lr": RATE, "weight_decay": DECAY}
    optimizer: torch.optim.Optimizer = torch.optim.SGD(model.parameters(), **given)
    losses: list[float] = []
    average = False
    kept: list[tuple[float, dict[str, Tensor]]] = []
    for epoch in range(LONG.epochs):
        state = None
        for batch in StreamStandIn(1).batches(epoch):
            loss, _, state = objective(model, batch, state)
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), CLIP)
            optimizer.step()
        own = weights(model)
        if average:
            with torch.no_grad():
                for parameter in model.parameters():
                    parameter.copy_(optimizer.state[parameter]["ax"])
        loss = evaluate(model, objective, StreamStandIn(2).batches(0)).mean_loss
        kept.append((loss, weights(model)))
        model.load_state_dict(own)
        if not average and len(losses) > 1 and loss > min(losses[:-1]):
            optimizer = torch.optim.ASGD(model.parameters(), t0=0, lambd=0, **given)
            average = True
        losses.append(loss)

    assert any(averaged_epochs(history))
    assert not all(averaged_epochs(history))
    assert [record.valid_loss for record in history.epochs] == pytest.approx(losses, rel=1e-4)
    best = min(kept, key=lambda pair: pair[0])[1]
    for name, value in run.model.state_dict().items():
        torch.testing.assert_close(value, best[name], rtol=1e-4, atol=1e-5)


def test_averaging_starts_with_the_epoch_after_the_trigger_and_is_what_is_judged() -> None:
    run, watcher, history = run_long()
    assert averaged_epochs(history) == [False] * START + [True] * (6 - START)
    losses = [record.valid_loss for record in history.epochs]
    assert losses[START - 1] > min(losses[: START - 2])
    judged = run.model
    for epoch in range(START, 6):
        seen = watcher.seen[START * STEPS + 1 : (epoch + 1) * STEPS]
        mean = {name: torch.stack([w[name] for w in seen]).mean(0) for name in seen[0]}
        judged.load_state_dict(mean)
        score = evaluate(judged, run.objective, StreamStandIn(2).batches(0))
        assert losses[epoch] == pytest.approx(score.mean_loss, rel=1e-5)
        judged.load_state_dict(watcher.seen[(epoch + 1) * STEPS - 1])
        raw = evaluate(judged, run.objective, StreamStandIn(2).batches(0))
        assert losses[epoch] < raw.mean_loss  # or there would be nothing to tell them apart by


def test_the_best_epochs_averaged_weights_are_left_in_the_model() -> None:
    run, watcher, history = run_long()
    losses = [record.valid_loss for record in history.epochs]
    assert losses.index(min(losses)) >= START
    score = evaluate(run.model, run.objective, StreamStandIn(2).batches(0))
    assert score.mean_loss == pytest.approx(min(losses), rel=1e-6)
    assert not any(same(weights(run.model), seen) for seen in watcher.seen)


def test_the_next_stage_goes_on_from_the_average_with_checks_of_its_own() -> None:
    watcher = Watcher()
    run = trainer(seed=5, settings=SETTINGS, callbacks=[watcher])
    watcher.trainer = run
    still = stage(name="still", epochs=2, learning_rate=1e-9, schedule="constant")
    history = run.run([LONG, still])
    assert [record.stage for record in history.epochs][5:] == ["all, averaged", "still", "still"]
    assert history.epochs[6].valid_loss == pytest.approx(history.epochs[5].valid_loss, rel=1e-6)
    mean = torch.stack([w["decoder_bias"] for w in watcher.seen[START * STEPS + 1 : 6 * STEPS]])
    torch.testing.assert_close(watcher.seen[-1]["decoder_bias"], mean.mean(0), rtol=1e-5, atol=1e-6)


def test_every_parameter_decays_and_no_rate_moves() -> None:
    run, _, history = run_long()
    assert isinstance(run.optimizer, GradientDescent)
    groups = run.optimizer.param_groups
    assert {group["weight_decay"] for group in groups} == {DECAY}
    assert {group["lr"] for group in groups} == {RATE}
    assert {record.learning_rate for record in history.steps} == {RATE}


@pytest.mark.parametrize(
    "steps",
    [
        2,
        START * STEPS - 1,  # in the epoch that triggers
        START * STEPS,  # its end: the trigger is in the checkpoint, an average is not
        START * STEPS + 1,  # after the one step that the average forgets
        START * STEPS + 2,
        (START + 1) * STEPS,
        (START + 1) * STEPS + 3,
        6 * STEPS,
    ],
)
def test_a_resumed_run_ends_like_an_undisturbed_one(steps: int, tmp_path: Path) -> None:
    stages = [LONG, stage(name="next", learning_rate=RATE, schedule="constant", train_from=-1)]
    plain = trainer(seed=5, settings=SETTINGS)
    history = plain.run(stages)
    with pytest.raises(KeyboardInterrupt):
        trainer(
            seed=5, settings=SETTINGS, checkpoint_folder=tmp_path, callbacks=[CtrlC(steps)]
        ).run(stages)
    run = trainer(seed=5, settings=SETTINGS, checkpoint_folder=tmp_path)
    torch.manual_seed(99)
    torch.nn.init.constant_(next(run.model.parameters()), 7.0)
    resumed = run.run(stages, resume=True)
    assert same(weights(run.model), weights(plain.model))
    assert [record[:6] for record in resumed.epochs] == [record[:6] for record in history.epochs]
    assert resumed.steps == history.steps


def test_a_classifier_may_be_trained_so_too() -> None:
    run = trainer("classifier", settings=SETTINGS.with_(nonmonotone_interval=0, clip=1.0))
    history = run.run([stage(epochs=10, learning_rate=1.0, schedule="constant")])
    assert any(averaged_epochs(history))
    assert history.epochs[-1].valid_loss < 0.7 * history.epochs[0].valid_loss


@pytest.mark.parametrize("schedule", ["one-cycle", "slanted-triangular"])
def test_a_rate_that_moves_is_refused_before_any_step(schedule: str) -> None:
    run = trainer(settings=SETTINGS)
    before = weights(run.model)
    moving = stage(name="second", schedule=schedule)
    with pytest.raises(
        SettingsError,
        match=rf"^nt-asgd needs a constant rate, which stage 'second' has not: '{schedule}'; "
        r"accepted: constant\. Set schedule to constant, or trainer.optimizer to adam\.$",
    ):
        run.run([LONG, moving])
    assert same(weights(run.model), before)


def test_a_checkpoint_made_by_the_other_optimizer_is_refused(tmp_path: Path) -> None:
    constant = [stage(epochs=2, schedule="constant")]
    with pytest.raises(KeyboardInterrupt):
        trainer(checkpoint_folder=tmp_path, callbacks=[CtrlC(3)]).run(constant)
    with pytest.raises(CheckpointError, match="the checkpoint is of another run"):
        trainer(checkpoint_folder=tmp_path, settings=SETTINGS).run(constant, resume=True)
