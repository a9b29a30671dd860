"""What happened in training, epoch by epoch and step by step."""

import csv
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple


class EpochRecord(NamedTuple):
    """One epoch. Losses are means in nats, per token or per document."""

    stage: str
    epoch: int
    step: int
    train_loss: float
    valid_loss: float
    metric: float
    tokens_per_second: float
    seconds: float


class StepRecord(NamedTuple):
    """One step out of a few: the mean training loss since the one before."""

    step: int
    learning_rate: float
    train_loss: float


@dataclass
class History:
    """The records of a run.

    Args:
        metric_name: What `EpochRecord.metric` is: perplexity or accuracy.
    """

    metric_name: str
    epochs: list[EpochRecord] = field(default_factory=list)
    steps: list[StepRecord] = field(default_factory=list)

    def write(self, folder: Path) -> None:
        """Write history.csv (epochs) and steps.csv into a folder."""
        names = [self.metric_name if n == "metric" else n for n in EpochRecord._fields]
        _write_csv(folder / "history.csv", names, self.epochs)
        _write_csv(folder / "steps.csv", list(StepRecord._fields), self.steps)


def _write_csv(path: Path, names: list[str], rows: list[EpochRecord] | list[StepRecord]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(names)
        for row in rows:
            writer.writerow([f"{v:.6g}" if isinstance(v, float) else v for v in row])
