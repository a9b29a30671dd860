"""Adam and gradient descent over parameter groups.

They call the kernels that `torch.optim` calls. Its classes import torch's compiler when the first
of them is made, 75 MB and a second that no run here has a use for.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from typing import Any

import torch
from torch import Tensor, nn

from ulmus.errors import CheckpointError

ParameterGroup = dict[str, Any]
"""`params`, and what holds for all: `lr`, `weight_decay`, and for Adam `betas` and `eps`."""


class Optimizer(ABC):
    """Changes parameters by their gradients.

    Args:
        groups: The parameters; what stands beside them may be changed between steps.

    Attributes:
        KINDS: Names of what it remembers of each parameter from step to step.
    """

    KINDS: tuple[str, ...] = ()

    def __init__(self, groups: list[ParameterGroup]) -> None:
        self.param_groups = groups
        # Now and not at the first step, between whose tensors they would lie for the whole run.
        self._moments = {each: self._fresh_moments(each) for each in self._parameters()}

    @abstractmethod
    def step(self) -> None:
        """Change all parameters that have a gradient."""

    def zero_grad(self) -> None:
        """Forget all gradients, and free their memory."""
        for parameter in self._parameters():
            parameter.grad = None

    def tensors(self) -> dict[str, Tensor]:
        """Return what it remembers, by name."""
        return {
            f"{index}.{kind}": tensor
            for index, moments in enumerate(self._moments.values())
            for kind, tensor in zip(self.KINDS, moments, strict=True)
        }

    def restore(self, tensors: Mapping[str, Tensor]) -> None:
        """Go on with what another one, of the same groups, remembered.

        Raises:
            CheckpointError: It was of other groups.
        """
        if described(tensors) != described(self.tensors()):
            raise CheckpointError(
                "the optimizer's tensors are not those of this model",
                given=", ".join(sorted(tensors)[:3]) or "none",
                accepted="a checkpoint made with the same model and settings",
                remedy="Start without --resume",
            )
        self._moments = {
            parameter: tuple(tensors[f"{index}.{kind}"] for kind in self.KINDS)
            for index, parameter in enumerate(self._parameters())
        }

    def _parameters(self) -> Iterator[nn.Parameter]:
        for group in self.param_groups:
            yield from group["params"]

    def _fresh_moments(self, _parameter: nn.Parameter) -> tuple[Tensor, ...]:
        return ()


def described(tensors: Mapping[str, Tensor]) -> dict[str, tuple[torch.Size, torch.dtype]]:
    """Return size and type of each tensor, by name."""
    return {name: (tensor.shape, tensor.dtype) for name, tensor in tensors.items()}


class GradientDescent(Optimizer):
    """Plain gradient descent, whose weight decay is part of the gradient."""

    @torch.no_grad()
    def step(self) -> None:
        """Change all parameters that have a gradient."""
        for group in self.param_groups:
            moved = [p for p in group["params"] if p.grad is not None]
            if moved:
                gradients = [p.grad for p in moved]
                pull = torch._foreach_add(gradients, moved, alpha=group["weight_decay"])
                torch._foreach_add_(moved, pull, alpha=-group["lr"])


class Adam(Optimizer):
    """Adam with weight decay that is decoupled from the gradient, in one pass over all weights.

    Papers: Kingma, Ba, "Adam: A Method for Stochastic Optimization" (2015); Loshchilov, Hutter,
    "Decoupled Weight Decay Regularization" (2019).

    Args:
        groups: The parameters, with `lr`, `weight_decay`, `betas` and `eps`.
    """

    KINDS = ("step", "exp_avg", "exp_avg_sq")

    @torch.no_grad()
    def step(self) -> None:
        """Change all parameters that have a gradient."""
        for group in self.param_groups:
            moved = [p for p in group["params"] if p.grad is not None]
            if not moved:
                continue
            moments = [self._moments[parameter] for parameter in moved]
            counts, means, squares = map(list, zip(*moments, strict=True))
            torch._foreach_add_(counts, 1)
            torch._fused_adamw_(
                moved,
                [p.grad for p in moved],
                means,
                squares,
                [],
                counts,
                lr=group["lr"],
                beta1=group["betas"][0],
                beta2=group["betas"][1],
                weight_decay=group["weight_decay"],
                eps=group["eps"],
                amsgrad=False,
                maximize=False,
            )

    def _fresh_moments(self, parameter: nn.Parameter) -> tuple[Tensor, ...]:
        count = torch.zeros((), dtype=torch.float32, device=parameter.device)
        return count, torch.zeros_like(parameter), torch.zeros_like(parameter)
