"""How many passes over the text fit into the time there is."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from ulmus.corpus.layout import TRAIN, VALID
from ulmus.corpus.reader import Corpus
from ulmus.files import atomic_file
from ulmus.training.loop import Trainer
from ulmus.training.stage import Stage
from ulmus.training.timing import tokens_per_second

FROZEN_COST = 0.5
"""What a pass that trains the upper layers only costs, where one over all layers costs 1."""

JUDGING_COST = 0.4
"""What a token that is judged by costs, where one that is learned from costs 1."""

LEFT_OVER = 0.9
"""Share of the time for training; the rest is for reading, measuring and writing."""


@dataclass(frozen=True)
class TrainingTime:
    """The time one training may take, and what was decided by it.

    Args:
        seconds: How long.
        file: Where the decision is kept, so that a run that is gone on with does not take another.
    """

    seconds: float
    file: Path

    def shortened(
        self, stages: Sequence[Stage], rate: Callable[[], float], tokens: float
    ) -> list[Stage]:
        """Return stages that end in time, as far as one pass over the text does.

        The last stage loses epochs; if that is not enough, the stages before it are left out.

        Args:
            stages: What would be done with all the time in the world.
            rate: Finds how many tokens a second are learned from.
            tokens: How many a pass learns from.
        """
        if self.file.exists():
            passes = float(self.file.read_text("utf-8"))
        else:
            passes = self.seconds * rate() / tokens
            with atomic_file(self.file) as temporary:
                temporary.write_text(f"{passes}\n", "utf-8")
        *before, last = stages
        left = passes - FROZEN_COST * sum(stage.epochs for stage in before)
        if left < 1:
            before, left = [], passes
        return [*before, last.with_(epochs=max(1, min(last.epochs, int(left))))]


@dataclass(frozen=True)
class TimeLimit:
    """The minutes a whole fit may take, divided among its trainings.

    Args:
        minutes: All of them.
        started: When it began, by `time.monotonic`.
    """

    minutes: float
    started: float

    def share(self, weights: Sequence[float]) -> float:
        """Return the seconds for the first of the trainings that are still to be done.

        Args:
            weights: What they count, the first one's first.
        """
        left = self.started + LEFT_OVER * 60 * self.minutes - time.monotonic()
        return max(left, 0.0) * weights[0] / sum(weights)


def in_time(
    stages: Sequence[Stage], limit: TrainingTime | None, trainer: Trainer, corpus: Corpus
) -> Sequence[Stage]:
    """Return stages, shortened if there is a limit that they would not keep.

    Args:
        stages: What is to be done.
        limit: The time there is; None for as long as it takes.
        trainer: What does it.
        corpus: What it learns from, and is judged by.
    """
    if limit is None:
        return stages
    train, valid = (corpus.split(name).token_count for name in (TRAIN, VALID))
    cost = train + JUDGING_COST * valid
    return limit.shortened(stages, lambda: tokens_per_second(trainer, stages[-1]), cost)
