"""From what a head gives to the number it stands for."""

from typing import Self

from pydantic import Field, model_validator
from torch import Tensor

from ulmus.settings import Settings


class NumberScale(Settings):
    """How a head's output becomes a number.

    Without a range it is `mean + deviation * output`, so that an untrained head says about the
    mean. With one it is `low + (high - low) * sigmoid(output)`, which never leaves the range;
    numbers at its very ends are reached only in the limit, so a range somewhat wider than the
    numbers is wise.

    Args:
        mean: Mean of the training documents' numbers.
        deviation: Their standard deviation.
        low: Lower end of the range; None without one.
        high: Upper end of it.
    """

    mean: float
    deviation: float = Field(gt=0)
    low: float | None = None
    high: float | None = None

    @model_validator(mode="after")
    def _range_is_whole(self) -> Self:
        if (self.low is None) != (self.high is None):
            raise ValueError("a range has two ends")
        if self.low is not None and self.high is not None and not self.low < self.high:
            raise ValueError("a range's lower end is below the upper one")
        return self

    def number(self, output: Tensor) -> Tensor:
        """Return the numbers that outputs stand for, in double precision; any shape."""
        return self.mean + self.deviation * self.deviations(output.double())

    def deviations(self, output: Tensor) -> Tensor:
        """Return the same in deviations from the mean, in the outputs' own precision.

        In this unit single precision holds what differs between numbers that are large and
        close, such as dates in seconds.
        """
        if self.low is None or self.high is None:
            return output
        low, high = ((end - self.mean) / self.deviation for end in (self.low, self.high))
        return low + (high - low) * output.sigmoid()

    def standardised(self, numbers: Tensor) -> Tensor:
        """Return numbers, in double precision, in deviations from the mean."""
        return (numbers.double() - self.mean) / self.deviation
