"""Progress of training, shown to a person: bars in a terminal, plain lines elsewhere."""

import time
from collections.abc import Sequence

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from ulmus.training.callbacks import Callback
from ulmus.training.history import EpochRecord
from ulmus.training.objectives import Objective, Score
from ulmus.training.stage import Stage

LINE_EVERY_SECONDS = 30.0


def show_progress(title: str, console: Console) -> Callback:
    """Return the callback that suits a console: bars for a terminal, lines for a file."""
    return BarProgress(title, console) if console.is_terminal else LineProgress(title, console)


class BarProgress:
    """A bar an epoch with loss, metric, speed and time left, replaced by a line at its end.

    Args:
        title: What is being trained.
        console: The terminal.
    """

    def __init__(self, title: str, console: Console) -> None:
        self.title = title
        self.console = console
        self.bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.fields[figures]}"),
            TimeRemainingColumn(),
            console=console,
            transient=True,
        )
        self.task = self.bar.add_task("", figures="")
        self.score, self.since = Score(), time.monotonic()

    def stage_started(self, stage: Stage, objective: Objective, steps: Sequence[int]) -> None:
        """Show which stage begins."""
        self.objective = objective
        line = _stage_line(self.title, stage, steps)
        self._say(line, line.rpartition(", rate ")[0])
        self.bar.start()

    def epoch_started(self, epoch: int, steps: int) -> None:
        """Show an empty bar as long as the epoch."""
        self.bar.reset(self.task, total=steps, description=f"  epoch {epoch + 1}", figures="")
        self.score, self.since = Score(), time.monotonic()

    def step_done(self, epoch: int, step: int, score: Score) -> None:
        """Move the bar on."""
        self.score = self.score.plus(score)
        self.bar.update(
            self.task,
            completed=step,
            description=f"  epoch {epoch + 1}",  # the line above names what is trained
            figures=_figures(self.objective, self.score, time.monotonic() - self.since),
        )

    def epoch_done(self, record: EpochRecord, *, kept: bool) -> None:
        """Show the epoch's figures."""
        line = _epoch_line(record, self.objective, kept)
        self._say(line, _short_epoch_line(record, self.objective, kept))
        self.bar.reset(self.task, description="", figures="")

    def run_ended(self) -> None:
        """Take the bar away."""
        self.bar.stop()

    def _say(self, line: str, shorter: str) -> None:
        """Print a line above the bar, the shorter one where the terminal is narrow."""
        fits = len(line) <= self.console.width
        self.console.print(line if fits else shorter, highlight=False)


LEAST_FIXED = 0.001
"""Metrics from which on four decimals show them well."""


class LineProgress:
    """A line an epoch, and one every half minute within.

    Args:
        title: What is being trained.
        console: Where the lines go.
    """

    def __init__(self, title: str, console: Console) -> None:
        self.title = title
        self.console = console
        self.score, self.seen = Score(), 0
        self.since = self.said = time.monotonic()

    def stage_started(self, stage: Stage, objective: Objective, steps: Sequence[int]) -> None:
        """Say which stage begins."""
        self.objective = objective
        self._say(_stage_line(self.title, stage, steps))

    def epoch_started(self, epoch: int, steps: int) -> None:  # noqa: ARG002 - said with its steps
        """Take the time from here."""
        self.steps = steps
        self.score, self.seen = Score(), 0
        self.since = self.said = time.monotonic()

    def step_done(self, epoch: int, step: int, score: Score) -> None:
        """Say a line once in a while."""
        self.score, self.seen = self.score.plus(score), self.seen + 1
        now = time.monotonic()
        if now - self.said < LINE_EVERY_SECONDS:
            return
        self.said = now
        left = (self.steps - step) * (now - self.since) / self.seen
        figures = _figures(self.objective, self.score, now - self.since)
        self._say(f"  epoch {epoch + 1}, step {step}/{self.steps}: {figures}, {left:.0f} s left")

    def epoch_done(self, record: EpochRecord, *, kept: bool) -> None:
        """Say the epoch's figures."""
        self._say(_epoch_line(record, self.objective, kept))

    def run_ended(self) -> None:
        """Have nothing to clear away."""

    def _say(self, line: str) -> None:
        self.console.print(line, highlight=False, soft_wrap=True)


def _stage_line(title: str, stage: Stage, steps: Sequence[int]) -> str:
    epochs = "1 epoch" if stage.epochs == 1 else f"{stage.epochs} epochs"
    fewest, most = min(steps), max(steps)
    count = str(most) if fewest == most else f"{fewest} to {most}"
    return f"{title}: {stage.name}, {epochs} of {count} steps, rate {stage.learning_rate:.3g}"


def _figures(objective: Objective, score: Score, seconds: float) -> str:
    return (
        f"loss {score.mean_loss:.3f}, {_metric(objective, objective.metric(score))}, "
        f"{score.tokens / max(seconds, 1e-9):,.0f} tokens/s"
    )


def _metric(objective: Objective, value: float, form: str = ".4g") -> str:
    return f"{objective.metric_name.replace('_', ' ')} {value:{form}}"


def _epoch_line(record: EpochRecord, objective: Objective, kept: bool) -> str:
    form = ".4f" if abs(record.metric) >= LEAST_FIXED else ".4g"  # errors may be of any size
    return (
        f"  epoch {record.epoch}: train loss {record.train_loss:.4f}, valid loss "
        f"{record.valid_loss:.4f}, {_metric(objective, record.metric, form)}, "
        f"{record.tokens_per_second:,.0f} tokens/s, {record.seconds:.0f} s"
        f"{' (kept)' if kept else ''}"
    )


def _short_epoch_line(record: EpochRecord, objective: Objective, kept: bool) -> str:
    """Return what fits 80 columns; the speed was to be seen while the epoch ran."""
    return (
        f"  epoch {record.epoch}: train loss {record.train_loss:.3f}, valid loss "
        f"{record.valid_loss:.3f}, {_metric(objective, record.metric)}, "
        f"{record.seconds:.0f} s{' (kept)' if kept else ''}"
    )
