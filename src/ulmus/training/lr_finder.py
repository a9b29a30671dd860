"""The learning-rate finder: raise the rate until the loss explodes, and see where it fell best.

Paper: Smith, "Cyclical Learning Rates for Training Neural Networks" (2017).
"""

import csv
import itertools
from pathlib import Path
from typing import Any, NamedTuple, Self

from pydantic import Field, model_validator

from ulmus.errors import SettingsError
from ulmus.settings import Settings
from ulmus.training.engine import Engine, place
from ulmus.training.loop import Batches
from ulmus.training.objectives import Objective
from ulmus.training.parameter_groups import build_optimizer, set_rates
from ulmus.training.stage import Stage

SMOOTHING = 0.98
EXPLODED = 4.0
UNSTEADY_SHARE, UNSTEADY_END = 10, 5
"""A tenth of the sweep at its beginning, and the last five rates, suggest nothing."""


class LrFinderSettings(Settings):
    """The sweep; the defaults are the reference's."""

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
) -> LearningRateCurve:
    """Sweep the rate exponentially; stop when the loss is four times its best, or not finite.

    The model's weights are put back afterwards.

    Args:
        model: Anything with `layer_groups()`.
        objective: What it is to be trained for.
        batches: Taken epoch after epoch as long as the sweep lasts.
        engine: Where to run.
        settings: The sweep.
    """
    settings = settings or LrFinderSettings()
    model.to(engine.device).train()
    before = {name: value.clone() for name, value in model.state_dict().items()}
    try:
        rates, losses = _sweep(model, objective, batches, engine, settings)
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
    model: Any, objective: Objective, batches: Batches, engine: Engine, settings: LrFinderSettings
) -> tuple[list[float], list[float]]:
    stage = Stage(name="sweep", epochs=1, learning_rate=settings.highest, schedule="constant")
    optimizer = build_optimizer(model.layer_groups(), stage, weight_decay=0.0)
    rates: list[float] = []
    losses: list[float] = []
    average, state = 0.0, None
    endless = itertools.chain.from_iterable(batches.batches(e) for e in itertools.count())
    for step, batch in enumerate(itertools.islice(endless, settings.steps)):
        share = step / (settings.steps - 1)
        rate = settings.lowest * (settings.highest / settings.lowest) ** share
        set_rates(optimizer, rate / settings.highest, 0.8)
        try:
            loss, score, state = objective(model, place(batch, engine.device), state)
        except SettingsError:  # the loss is not finite: exploded, unless it was so from the start
            if not rates:
                raise
            break
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        average = SMOOTHING * average + (1 - SMOOTHING) * score.mean_loss
        rates.append(rate)
        losses.append(average / (1 - SMOOTHING ** (step + 1)))
        if losses[-1] > EXPLODED * min(losses):
            break
    return rates, losses
