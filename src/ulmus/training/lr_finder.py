"""The learning-rate finder: raise the rate until the loss explodes, and see where it fell best.

Paper: Smith, "Cyclical Learning Rates for Training Neural Networks" (2017).
"""

import csv
import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple, Self

from pydantic import Field, model_validator

from ulmus.errors import SettingsError
from ulmus.settings import Settings
from ulmus.training.engine import Engine, place
from ulmus.training.gradients import find_gradients
from ulmus.training.loop import Batches
from ulmus.training.objectives import Objective
from ulmus.training.optimizers import Optimizer
from ulmus.training.parameter_groups import build_optimizer, set_rates
from ulmus.training.stage import Stage
from ulmus.training.trainer_settings import TrainerSettings

MOMENTUM = 0.9
"""What the reference's optimizer has as long as no schedule moves it."""
SMOOTHING = 0.98
EXPLODED = 4.0
UNSTEADY_SHARE, UNSTEADY_END = 10, 5
"""A tenth of the sweep at its beginning, and the last five rates, suggest nothing."""


class LrFinderSettings(Settings):
    """The sweep; the defaults are the reference's.

    Args:
        lowest: The first rate.
        highest: What the rates would reach a step after the last.
        steps: How many rates are tried.
    """

    lowest: float = Field(1e-7, gt=0)
    highest: float = Field(10.0, gt=0)
    steps: int = Field(100, ge=2)

    @model_validator(mode="after")
    def _rises(self) -> Self:
        if self.lowest >= self.highest:
            raise ValueError(f"lowest is {self.lowest:g}, which is not below highest")
        return self


class LearningRateCurve(NamedTuple):
    """Rates tried, the smoothed loss at each, and the rate suggested."""

    rates: list[float]
    losses: list[float]
    suggestion: float

    def write(self, path: Path) -> None:
        """Write the curve as CSV."""
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(["learning_rate", "smoothed_loss"])
            writer.writerows(zip(self.rates, self.losses, strict=True))


def find_learning_rate(
    model: Any,
    objective: Objective,
    batches: Batches,
    engine: Engine,
    *,
    settings: LrFinderSettings | None = None,
    trainer: TrainerSettings | None = None,
) -> LearningRateCurve:
    """Sweep the rate exponentially; stop when the loss is four times its best, or not finite.

    The model's weights are put back afterwards.

    Args:
        model: Anything with `layer_groups()`.
        objective: What it is to be trained for.
        batches: Taken epoch after epoch as long as the sweep lasts.
        engine: Where to run.
        settings: The sweep.
        trainer: Gives the optimizer it is to be trained by; nothing is clipped.
    """
    settings, trainer = settings or LrFinderSettings(), trainer or TrainerSettings()
    model.to(engine.device).train()
    before = {name: value.clone() for name, value in model.state_dict().items()}
    stage = Stage(name="sweep", epochs=1, learning_rate=settings.highest, schedule="constant")
    optimizer = build_optimizer(
        model.layer_groups(),
        stage,
        trainer.weight_decay,
        optimizer=trainer.optimizer,
        squared_momentum=trainer.squared_momentum,
        epsilon=trainer.epsilon,
    )
    try:
        placed = _endless(batches, engine)
        with engine.computing(model):
            rates, losses = _sweep(model, objective, placed, settings, optimizer)
    finally:
        model.load_state_dict(before)
    return LearningRateCurve(rates, losses, _suggestion(rates, losses, settings.steps))


def valley(rates: list[float], losses: list[float]) -> float:
    """Return the rate in the middle of the longest fall of the loss.

    The longest strictly falling subsequence of losses is taken; the point lies half of a third
    of its length behind the end of its first third, as the reference has it.
    """
    lengths = [1] * len(losses)
    for here, loss in enumerate(losses):
        longer = (lengths[there] for there in range(here) if losses[there] > loss)
        lengths[here] = 1 + max(longer, default=0)
    end = max(range(len(lengths)), key=lengths.__getitem__)
    third = lengths[end] / 3
    return rates[max(0, end - lengths[end] + int(third) + int(third / 2))]


def _suggestion(rates: list[float], losses: list[float], steps: int) -> float:
    """Judge the curve without its unsteady ends, where something is left between them."""
    judged = slice(steps // UNSTEADY_SHARE, -UNSTEADY_END)
    if not rates[judged]:
        judged = slice(None)
    return valley(rates[judged], losses[judged])


def _sweep(
    model: Any,
    objective: Objective,
    batches: Iterator[tuple[bool, Any]],
    settings: LrFinderSettings,
    optimizer: Optimizer,
) -> tuple[list[float], list[float]]:
    rates: list[float] = []
    losses: list[float] = []
    average, state = 0.0, None
    span = settings.highest / settings.lowest
    for step, (begins, batch) in enumerate(itertools.islice(batches, settings.steps)):
        rate = settings.lowest * span ** (step / settings.steps)
        set_rates(optimizer, rate / settings.highest, MOMENTUM)
        optimizer.zero_grad()
        try:
            score, state = find_gradients(objective, model, batch, None if begins else state)
        except SettingsError:  # the loss is not finite: exploded, unless it was so from the start
            if not rates:
                raise
            break
        optimizer.step()
        average = SMOOTHING * average + (1 - SMOOTHING) * score.mean_loss
        rates.append(rate)
        losses.append(average / (1 - SMOOTHING ** (step + 1)))
        if losses[-1] > EXPLODED * min(losses):
            break
    return rates, losses


def _endless(batches: Batches, engine: Engine) -> Iterator[tuple[bool, Any]]:
    """Yield batches of epoch after epoch, each with whether an epoch begins with it."""
    for epoch in itertools.count():
        for step, batch in enumerate(batches.batches(epoch)):
            yield step == 0, place(batch, engine.device)
