"""Every row of the report: what is measured, by which script, and what it should reach."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Goal:
    """A row.

    Args:
        key: Names it in the files of results.
        script: The script that measures it.
        job: What is done, for a reader.
        unit: Of the two medians.
        at_least: What the judged figure should reach; of most rows it is the ratio.
        at_most: What it should not exceed.
        judged: What the target speaks of, where it is not the ratio to the peer.
    """

    key: str
    script: str
    job: str
    unit: str
    at_least: float | None = None
    at_most: float | None = None
    judged: str = "ratio"

    @property
    def target(self) -> str:
        """The target as a reader sees it."""
        if self.at_least is not None:
            return f"{self.judged} >= {self.at_least:g}"
        if self.at_most is not None:
            return f"{self.judged} <= {self.at_most:g}"
        return ""

    def met(self, value: float | None) -> bool | None:
        """Tell whether a figure reaches the target; None without a target or a figure."""
        if value is None or (self.at_least is None and self.at_most is None):
            return None
        if self.at_least is not None and value < self.at_least:
            return False
        return self.at_most is None or value <= self.at_most


def _training(key: str, job: str, **target: float) -> Goal:
    return Goal(key, "language_model_training", f"training, {job}", "tokens/s", **target)


_MEMORY = "language_model_training"

GOALS = (
    _training("train_30k_fp32", "V 30,000, fp32", at_least=1.7),
    _training("train_30k_bf16", "V 30,000, bf16", at_least=3.0),
    _training("train_60k_fp32", "V 60,000, fp32"),
    _training("train_60k_bf16", "V 60,000, bf16", at_least=3.0),
    _training("train_15k_fp32", "V 15,000, fp32"),
    _training("train_15k_bf16", "V 15,000, bf16", at_least=2.7),
    Goal("train_memory_fp32", _MEMORY, "peak memory of it, V 30,000, fp32", "MB", at_least=3),
    Goal("train_memory_bf16", _MEMORY, "peak memory of it, V 30,000, bf16", "MB", at_least=3),
)
SCRIPTS = tuple(dict.fromkeys(goal.script for goal in GOALS))


def goal(key: str) -> Goal:
    """Return a row by its key."""
    return next(found for found in GOALS if found.key == key)
