"""NT-ASGD: plain gradient steps until they no longer help, then the average of the weights.

Paper: Merity, Keskar, Socher, "Regularizing and Optimizing LSTM Language Models" (2017),
section 3. Averaging starts, once and for all, when the validation loss exceeds the best of all
earlier checks but the last n; the paper's n is 5, and it checks once an epoch. From then on the
model is judged and saved by the average, while the steps go on from the weights themselves.

The average is that of `torch.optim.ASGD` with t0 = 0 and lambd = 0, which the published code
uses: the first two steps replace it, so the first one is forgotten. That class is not used
itself: it steps with the rate that was set a step before, so that rates which follow a varied
sequence length would come one batch late. Running figures of batch norm, which a language model
has not, are no parameters and stay those of the steps.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn


def has_stalled(losses: Sequence[float], interval: int) -> bool:
    """Tell whether averaging starts now.

    Args:
        losses: The validation losses so far, this check's last.
        interval: How many checks before this one are not compared with.
    """
    compared = losses[: max(0, len(losses) - 1 - interval)]
    return bool(compared) and losses[-1] > min(compared)


@dataclass
class WeightAverage:
    """The average of a model's trained parameters over the steps since averaging started.

    Args:
        steps: How many steps that is.
        tensors: The average of each parameter, by its name; empty before the first step.
    """

    steps: int = 0
    tensors: dict[str, Tensor] = field(default_factory=dict)

    @torch.no_grad()
    def add(self, model: nn.Module) -> None:
        """Take in the weights that a step has led to."""
        self.steps += 1
        for name, parameter in model.named_parameters():
            if not parameter.requires_grad:
                continue
            if self.steps <= 2:
                self.tensors[name] = parameter.detach().clone()
            else:
                average = self.tensors[name]
                average.add_((parameter - average).mul_(1 / (self.steps - 1)))

    @torch.no_grad()
    def put_into(self, model: nn.Module) -> None:
        """Overwrite a model's parameters with their averages."""
        for name, average in self.tensors.items():
            model.get_parameter(name).copy_(average)


@contextmanager
def averaged(model: nn.Module, average: WeightAverage | None) -> Iterator[None]:
    """Lend a model its averaged weights, if there are any, while the block runs."""
    if average is None:
        yield
        return
    own = {name: model.get_parameter(name).detach().clone() for name in average.tensors}
    average.put_into(model)
    try:
        yield
    finally:
        WeightAverage(tensors=own).put_into(model)
