"""The learning-rate finder: its rates, its smoothing, where it stops and what it suggests."""

import csv
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import torch

from tests.training.stand_ins import (
    DocumentStandIn,
    StreamStandIn,
    classifier,
    language_model,
    same,
    weights,
)
from ulmus.errors import SettingsError
from ulmus.models.awd_lstm import NO_DROPOUTS
from ulmus.settings import resolve
from ulmus.training.engine import Engine, EngineSettings
from ulmus.training.lr_finder import (
    LearningRateCurve,
    LrFinderSettings,
    find_learning_rate,
    valley,
)
from ulmus.training.objectives import (
    ClassificationObjective,
    LanguageModelObjective,
    ObjectiveOutput,
)
from ulmus.training.trainer_settings import TrainerSettings

CPU = Engine(EngineSettings(device="cpu", precision="fp32"))


class Scripted(LanguageModelObjective):
    """Reports losses from a list, whatever the model says."""

    def __init__(self, losses: Sequence[float]) -> None:
        super().__init__()
        self.losses = list(losses)

    def __call__(self, model: Any, batch: Any, state: Any) -> ObjectiveOutput:
        reported = self.losses.pop(0)
        if not math.isfinite(reported):
            raise SettingsError("the loss is no longer a finite number", given=reported)
        output = super().__call__(model, batch, state)
        return output._replace(score=output.score._replace(loss=reported * output.score.count))


def _sweep(losses: Sequence[float], **settings: Any) -> LearningRateCurve:
    return find_learning_rate(
        language_model(),
        Scripted(losses),
        StreamStandIn(),
        CPU,
        settings=LrFinderSettings(**settings),
    )


def test_rates_rise_exponentially_over_the_epochs() -> None:
    curve = _sweep([3.0] * 6, lowest=1e-4, highest=1e2, steps=6)  # an epoch has 5 steps
    assert curve.rates == pytest.approx([1e-4, 1e-3, 1e-2, 1e-1, 1, 10])
    assert curve.losses == pytest.approx([3.0] * 6)


def test_losses_are_smoothed_and_unbiased() -> None:
    curve = _sweep([3.0, 5.0, 1.0], steps=3)
    two = (0.98 * 0.02 * 3 + 0.02 * 5) / (1 - 0.98**2)
    three = (0.98**2 * 0.02 * 3 + 0.98 * 0.02 * 5 + 0.02 * 1) / (1 - 0.98**3)
    assert curve.losses == pytest.approx([3.0, two, three])


def test_it_stops_at_four_times_the_best_loss() -> None:
    curve = _sweep([3.0, 1.0, 1.0, 4.0, 4.0, 40.0, 1.0, 1.0], steps=8)
    assert len(curve.rates) == len(curve.losses) == 6
    assert curve.losses[-1] > 4 * min(curve.losses)
    assert all(loss <= 4 * min(curve.losses) for loss in curve.losses[:-1])


@pytest.mark.parametrize("spoilt", [math.inf, math.nan])
def test_a_loss_that_is_not_finite_ends_the_sweep(spoilt: float) -> None:
    curve = _sweep([3.0, 2.0, 1.0, spoilt], steps=100)
    assert len(curve.rates) == 3
    assert curve.suggestion in curve.rates
    with pytest.raises(SettingsError, match="no longer a finite number"):
        _sweep([spoilt])  # nothing was learned: the model itself is spoilt


@pytest.mark.parametrize("task", ["language model", "classifier"])
def test_weights_and_statistics_are_put_back(task: str) -> None:
    if task == "classifier":
        parts: Any = (classifier(), ClassificationObjective(), DocumentStandIn())
    else:
        parts = (language_model(), LanguageModelObjective(), StreamStandIn())
    before = weights(parts[0])
    curve = find_learning_rate(*parts, CPU)
    assert same(weights(parts[0]), before)
    assert len(curve.rates) > 50
    assert 1e-7 <= curve.suggestion <= 10


def test_weights_are_put_back_after_an_error() -> None:
    model = language_model()
    before = weights(model)
    with pytest.raises(IndexError):
        find_learning_rate(model, Scripted([3.0, 3.0]), StreamStandIn(), CPU)
    assert same(weights(model), before)


def test_it_truly_learns_on_the_way() -> None:
    torch.manual_seed(0)
    settings = LrFinderSettings(lowest=0.1, highest=0.1001, steps=100)
    curve = find_learning_rate(
        language_model(), LanguageModelObjective(), StreamStandIn(), CPU, settings=settings
    )
    assert curve.losses[-1] < 0.9 * curve.losses[0]


@pytest.mark.parametrize(
    ("losses", "index"),
    [
        # 5 4 3 2 1 falls longest: length 5, ends at 5. 5 - 5 + int(5/3) + int(5/6) = 1.
        ([5, 6, 4, 3, 2, 1, 7, 8], 1),
        # Five equal, then twelve falls: length 13, ends at 16. 3 + int(4.33) + int(2.17) = 9.
        ([1.0] * 5 + [1 - 0.05 * k for k in range(1, 13)] + [3.0] * 3, 9),
        # The first of two equally long falls: length 3, ends at 2. -1 + 1 + 0 = 0.
        ([9, 8, 7, 9.5, 8.5, 7.5], 0),
        # All of it falls: length 9, ends at 8. -1 + 3 + 1 = 3.
        ([9, 8, 7, 6, 5, 4, 3, 2, 1], 3),
        # Bumps on the way are stepped over: 9 8 6 5 3 2, length 6, ends at 8. 2 + 2 + 1 = 5.
        ([9, 8, 8.5, 6, 7, 5, 6.5, 3, 2, 4], 5),
        ([2.0], 0),
        ([1, 2, 3], 0),
    ],
)
def test_the_valley_of_a_curve_made_by_hand(losses: list[float], index: int) -> None:
    rates = [10.0**-k for k in range(len(losses))]
    assert valley(rates, losses) == rates[index]


def test_the_unsteady_ends_suggest_nothing() -> None:
    # A tenth at the beginning and the last five fall steepest and longest.
    losses = [90.0, 80.0, 3.0, 3.1, 3.0, 2.9, 3.2, 3.3, 3.4, 3.5, 3.6, 3.7, 3.5, 3.4, 3.2]
    losses += [1.0, 0.9, 0.8, 0.7, 0.6]
    curve = _sweep(losses, steps=20)
    middle = slice(2, 15)
    assert curve.suggestion == valley(curve.rates[middle], curve.losses[middle])
    assert curve.suggestion != valley(curve.rates, curve.losses)


def test_a_short_sweep_is_judged_whole() -> None:
    curve = _sweep([3.0, 2.0, 1.0], steps=3)
    assert curve.suggestion == valley(curve.rates, curve.losses)


def test_the_curve_is_written_as_csv(tmp_path: Path) -> None:
    curve = LearningRateCurve([1e-7, 0.5], [2.25, 1.0], 0.5)
    curve.write(tmp_path / "curve.csv")
    with (tmp_path / "curve.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    assert rows == [["learning_rate", "smoothed_loss"], ["1e-07", "2.25"], ["0.5", "1.0"]]


def test_a_sweep_rises() -> None:
    with pytest.raises(SettingsError, match=r"lowest is 0\.1, which is not below highest"):
        resolve(LrFinderSettings, values={"lowest": 0.1, "highest": 0.1})


def test_the_sweep_is_by_the_optimizer_that_will_train() -> None:
    """Plain descent by hand: no momentum, and the decay is part of the gradient."""
    settings = LrFinderSettings(lowest=0.5, highest=8.0, steps=4)
    trainer = TrainerSettings(optimizer="nt-asgd", weight_decay=0.1)
    objective = LanguageModelObjective(alpha=0, beta=0)
    model = language_model(dropouts=NO_DROPOUTS)
    batches = list(StreamStandIn().batches(0))
    losses, state, average = [], None, 0.0
    for step, batch in enumerate(batches[:4]):
        model.zero_grad()
        loss, score, state = objective(model, batch, state)
        loss.backward()
        with torch.no_grad():
            for parameter in model.parameters():
                gradient = parameter.grad + 0.1 * parameter
                parameter.sub_(0.5 * 16 ** (step / 4) * gradient)
        average = 0.98 * average + 0.02 * score.mean_loss
        losses.append(average / (1 - 0.98 ** (step + 1)))
    swept = language_model(dropouts=NO_DROPOUTS)
    curve = find_learning_rate(
        swept, objective, StreamStandIn(), CPU, settings=settings, trainer=trainer
    )
    assert curve.losses == pytest.approx(losses, rel=1e-5)
    assert curve.rates == pytest.approx([0.5, 1.0, 2.0, 4.0])
