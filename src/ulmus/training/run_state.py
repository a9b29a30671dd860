"""Where a training run stands."""

from dataclasses import dataclass, field

from torch import Tensor

from ulmus.nn.recurrent_stack import State
from ulmus.training.averaging import WeightAverage
from ulmus.training.history import History
from ulmus.training.merit import Merit
from ulmus.training.objectives import Score


@dataclass
class RunState:
    """Everything the loop remembers beside model, optimizer and random generators.

    Args:
        history: The records so far.
        stage: Index of the stage.
        epoch: Epochs done in the whole run.
        stage_epoch: Epochs done in this stage.
        step: Steps done in this epoch.
        run_step: Steps done in the whole run.
        seconds: Time spent on this epoch.
        score: Sums over this epoch's steps.
        window: Sums over the steps since the last step record.
        recurrent: Hidden state the next batch goes on with.
        best_merit: What the best model so far reached.
        best_epoch: The epoch whose model is kept: that one, or a later one that is as good.
        best: The tensors of the model that is kept.
        average: The averaged weights of this stage; None as long as nothing is averaged.
    """

    history: History
    stage: int = 0
    epoch: int = 0
    stage_epoch: int = 0
    step: int = 0
    run_step: int = 0
    seconds: float = 0.0
    score: Score = field(default_factory=Score)
    window: Score = field(default_factory=Score)
    recurrent: State | None = None
    best_merit: Merit | None = None
    best_epoch: int = 0
    best: dict[str, Tensor] = field(default_factory=dict)
    average: WeightAverage | None = None

    def start_stage(self, stage: int) -> None:
        """Stand at the beginning of a stage."""
        self.stage = stage
        self.stage_epoch = 0

    def start_epoch(self) -> None:
        """Stand at the beginning of the next epoch."""
        self.epoch += 1
        self.stage_epoch += 1
        self.step = 0
        self.seconds = 0.0
        self.score = self.window = Score()
        self.recurrent = None
