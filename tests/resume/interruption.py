"""Runs of recipes that Ctrl-C stops."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from ulmus.training.checkpoints import FACTS, checkpoints_in

LISTENED = (
    "ulmus.recipes.language_model_training.show_progress",
    "ulmus.recipes.train_classifier.show_progress",
)


class CtrlC:
    """Stands in the place of a recipe's progress and presses Ctrl-C in one of the trainings.

    Args:
        title: What progress calls that training.
        after_steps: How many of its steps are done before.
        at_once: Whether the run stops there and then, without a checkpoint of that step.
    """

    def __init__(self, title: str, after_steps: int, *, at_once: bool = False) -> None:
        self.title = title
        self.left = after_steps
        self.at_once = at_once

    def __call__(self, title: str, console: object) -> "CtrlC":
        self.listens = title.removesuffix(" in bf16") == self.title
        return self

    def stage_started(self, *rest: object) -> None:
        pass

    def epoch_started(self, *rest: object) -> None:
        pass

    def step_done(self, *rest: object) -> None:
        self.left -= self.listens
        if self.listens and self.left == 0:
            if self.at_once:
                raise KeyboardInterrupt
            signal.raise_signal(signal.SIGINT)

    def epoch_done(self, *rest: object, kept: bool) -> None:
        pass

    def run_ended(self) -> None:
        pass


@contextmanager
def interrupted(title: str, after_steps: int, *, at_once: bool = False) -> Iterator[None]:
    """Expect the block to be stopped in one of its trainings."""
    ctrl_c = CtrlC(title, after_steps, at_once=at_once)
    with pytest.MonkeyPatch.context() as patch:
        for name in LISTENED:
            patch.setattr(name, ctrl_c)
        with pytest.raises(KeyboardInterrupt):
            yield
    assert ctrl_c.left == 0


def facts_in(folder: Path) -> list[bytes]:
    """Return what the checkpoints of a run say, as it lies on disk."""
    return [(path / FACTS).read_bytes() for path in checkpoints_in(folder)]
