"""What is made of weights once, and again when they have changed."""

from collections.abc import Callable, Hashable, Sequence
from typing import Generic, TypeVar

from torch import Tensor

T = TypeVar("T")


class Prepared(Generic[T]):
    """Keeps one thing that was made of weights for as long as they stay what they are.

    It belongs to a module, but is no part of what the module knows: a copy, a pickle and a state
    dict are without it. Several threads may ask at once; at worst each makes it for itself.

    Changes of the weights are seen by their memory and version, but fused optimizers change
    weights without a new version: whoever reads the weights with gradients has to `drop` it.
    """

    def __init__(self) -> None:
        self._kept: tuple[Hashable, T] | None = None

    def __reduce__(self) -> tuple[type["Prepared[T]"], tuple[()]]:
        return Prepared, ()

    def of(self, weights: Sequence[Tensor], variant: Hashable, make: Callable[[], T]) -> T:
        """Return what was made of these weights, or make it.

        Args:
            weights: Parameters, or other tensors that live as long as the module.
            variant: What else the thing depends on.
            make: Makes it.
        """
        state = (variant, *map(_identity, weights))
        kept = self._kept
        if kept is None or kept[0] != state:
            kept = self._kept = (state, make())
        return kept[1]

    def drop(self) -> None:
        """Forget it, and free its memory."""
        self._kept = None


def _identity(weight: Tensor) -> tuple[int, int]:
    # What was made in inference mode has no version.
    return weight.data_ptr(), 0 if weight.is_inference() else weight._version
