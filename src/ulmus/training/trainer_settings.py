"""What holds in every stage of a training run."""

from typing import Annotated

from pydantic import Field

from ulmus.settings import Settings
from ulmus.training.merit import Keep
from ulmus.training.parameter_groups import EPSILON, SQUARED_MOMENTUM, OptimizerName
from ulmus.training.schedules import MOMENTA

Momentum = Annotated[float, Field(ge=0, lt=1)]


class TrainerSettings(Settings):
    """What holds in every stage; the defaults are fastai's for text.

    Args:
        optimizer: `adam`, whose weight decay is decoupled from the gradient and spares biases
            and norms, or `nt-asgd` (see `training.averaging`), whose decay is part of the
            gradient and reaches every parameter.
        weight_decay: fastai's 0.01 is for `adam`; the AWD-LSTM paper's for `nt-asgd` is 1.2e-6.
        clip: Largest norm of the gradient; the AWD-LSTM paper takes 0.25, fastai does not clip,
            which is any number that is never reached.
        patience: Epochs without a better model that end a stage; 0: none do.
        keep: Which epoch's model stays: the `best` one; the `last`, which knows no patience; or
            the `late` one, the last whose accuracy is within a standard error of the best (where
            no accuracy is judged, it is the best).
        momenta: Adam's first decay rate at the beginning, the peak and the end of the one-cycle
            schedule, fastai's `moms`; the other schedules keep to the middle one, which is the
            ULMFiT paper's. Without meaning for `nt-asgd`.
        squared_momentum: Adam's second decay rate, fastai's `sqr_mom`.
        epsilon: Added to Adam's denominator, fastai's `eps`.
        nonmonotone_interval: `nt-asgd` averages from the epoch on whose validation loss exceeds
            the best of all earlier ones but the last so many.
    """

    optimizer: OptimizerName = "adam"
    weight_decay: float = Field(0.01, ge=0)
    clip: float = Field(1.0, gt=0, allow_inf_nan=False)
    patience: int = Field(0, ge=0)
    keep: Keep = "late"
    momenta: tuple[Momentum, Momentum, Momentum] = MOMENTA
    squared_momentum: float = Field(SQUARED_MOMENTUM, ge=0, lt=1)
    epsilon: float = Field(EPSILON, gt=0)
    nonmonotone_interval: int = Field(5, ge=0)
