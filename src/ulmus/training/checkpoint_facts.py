"""What `checkpoint.json` says, checked when it is read."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from ulmus.batches.position import BatchPosition
from ulmus.settings import Settings
from ulmus.training.history import EpochRecord, StepRecord
from ulmus.training.merit import Merit
from ulmus.training.objectives import Score

SCHEMA_VERSION = 3

Count = Annotated[int, Field(ge=0, le=1 << 53)]


class CheckpointFacts(Settings):
    """Where a run stood, beside its tensors.

    Args:
        schema_version: Version of this layout.
        identity: Fingerprint of what is being trained, and how.
        position: The next batch.
        processes: How many trained; older checkpoints knew of one only.
        stage: See `RunState`, as are the others but the last.
        averaged_steps: Steps in the average; None as long as nothing is averaged.
        sha256: Hash of the file of tensors.
    """

    schema_version: int = Field(SCHEMA_VERSION, alias="schema")
    identity: str
    position: BatchPosition
    processes: int = Field(1, ge=1, le=1 << 20)
    stage: Count
    stage_epoch: Count
    run_step: Count
    seconds: float
    best_epoch: Count
    score: Score
    window: Score
    best_merit: Merit | None
    averaged_steps: Count | None
    epochs: list[EpochRecord]
    steps: list[StepRecord]
    sha256: str

    @model_validator(mode="after")
    def _epochs_add_up(self) -> Self:
        # Each stage before this one took an epoch at least, and the first epoch is always kept.
        if self.stage + self.stage_epoch > self.position.epoch or (
            (self.best_merit is None) != (self.position.epoch == 0)
        ):
            raise ValueError("the epochs do not add up")
        if len(self.epochs) != self.position.epoch:
            raise ValueError("an epoch is missing in the history")
        return self
