"""How a classifier is trained, as settings."""

import math
from typing import Literal, Self

from pydantic import Field, field_validator, model_validator

from ulmus.models.text_classifier import ClassifierSettings
from ulmus.recipes.amounts import classifier_batch_size
from ulmus.recipes.classifier_targets import ClassWeights, NumberRange
from ulmus.recipes.prepare import PrepareSettings
from ulmus.settings import Settings
from ulmus.text.sources import SourceSettings
from ulmus.training.engine import EngineSettings
from ulmus.training.schedules import ScheduleName
from ulmus.training.stage import Stage, check_stages_alone
from ulmus.training.trainer_settings import TrainerSettings

STRONG_TOKENS = 100_000_000
"""Pretraining tokens from which on a language model counts as strong.

WikiText-103, for which the book's gradual unfreezing was made, has 103 million. Measured on
rt_polarity with smaller models: after 4.6 million tokens it gave 0.675, training every layer from
the start 0.769; after 53 million 0.748 and 0.788.
"""

GRADUAL_RATE, WHOLE_RATE = 1e-2, 2e-3
WHOLE_FACTOR = 1.0

IDLE_BESIDE_STAGES = ("unfreeze", "epochs", "learning_rate", "factor", "schedule")


class ClassifierTrainingSettings(Settings):
    """How a classifier is trained.

    Args:
        stages: What to do one after the other, in the place of what the next five settings say.
        unfreeze: `gradual` is the book's way, head first; `all` trains every layer from the
            start; `auto` is gradual after a strong pretrained model and all otherwise.
        epochs: Passes over the documents in which every layer learns; None takes what
            `recipes.amounts` says.
        learning_rate: Highest rate of the head with `all`; of the second stage with `gradual`.
            None takes 2e-3 and the book's 1e-2.
        factor: Ratio of the rates of neighbouring layer groups. None takes the paper's 2.6 with
            `gradual` and 1, one rate for all, with `all`.
        schedule: How the rate moves.
        dropout_multiplier: Scales the five dropouts of the classifier's defaults.
        batch_size: Documents a step of each process. None takes what suits the number of
            documents, and divides these among the processes.
        class_weights: What errors on each class cost: `balanced` for the inverse of its frequency,
            or a table of weights by name; None for all alike.
        label_smoothing: Share of each target that is spread over all classes.
        alpha: Weight of the activation regularization; the reference takes 2.
        beta: Weight of the temporal activation regularization; the reference takes 1.
        number_range: Lowest and highest number that can be said, somewhat wider than the labels;
            None for any.
        reading: How documents are read and judged.
        activation_stats: Watch what the recurrent layers compute, and write it beside the history
            (see `insight.activation_stats`).
        trainer: Optimizer, weight decay, clipping and patience.
    """

    stages: tuple[Stage, ...] = ()
    unfreeze: Literal["auto", "gradual", "all"] = "auto"
    epochs: int | None = Field(None, ge=1)
    learning_rate: float | None = Field(None, gt=0)
    factor: float | None = Field(None, ge=1)
    schedule: ScheduleName = "one-cycle"
    dropout_multiplier: float = Field(0.7, ge=0, lt=2)
    batch_size: int | None = Field(None, ge=2)
    class_weights: ClassWeights = None
    label_smoothing: float = Field(0.0, ge=0, lt=1)
    alpha: float = Field(0.0, ge=0)
    beta: float = Field(0.0, ge=0)
    number_range: NumberRange = None
    reading: ClassifierSettings = ClassifierSettings()
    activation_stats: bool = False
    trainer: TrainerSettings = TrainerSettings()

    @field_validator("number_range")
    @classmethod
    def _range_rises(cls, ends: NumberRange) -> NumberRange:
        if ends is not None and not -math.inf < ends[0] < ends[1] < math.inf:
            raise ValueError("a range is two finite numbers, the lower one first")
        return ends

    @model_validator(mode="after")
    def _stages_stand_alone(self) -> Self:
        check_stages_alone(self, self.stages, IDLE_BESIDE_STAGES)
        return self

    def documents_a_step(self, documents: int, processes: int = 1) -> int:
        """Return how many of so many documents are learned from at once, by all processes."""
        if self.batch_size is None:
            return classifier_batch_size(documents)
        return self.batch_size * processes


class ClassifierVerbSettings(Settings):
    """Everything `ulmus classifier` can be told."""

    prepare: PrepareSettings = PrepareSettings(source=SourceSettings(label="label"))
    classifier: ClassifierTrainingSettings = ClassifierTrainingSettings()
    engine: EngineSettings = EngineSettings()
