"""What does not fit between the weights of a file and the model they are said to be of."""

from collections.abc import Iterable
from pathlib import Path

from torch import Tensor

from ulmus.errors import BundleError

SHOWN, LONGEST = 3, 120
"""Keys that are listed, and characters of each: a file may hold anything as a key."""


class Misfit:
    """Collects keys that are missing, unexpected, misshapen or odd, to name them all at once.

    Args:
        path: The file of the weights.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._missing: list[str] = []
        self._extra: list[str] = []
        self._unfit: list[str] = []

    def missing(self, keys: Iterable[str]) -> None:
        """Note keys that are not there."""
        self._missing += keys

    def extra(self, keys: Iterable[str]) -> None:
        """Note keys that mean nothing."""
        self._extra += keys

    def compare(self, key: str, tensor: Tensor, shape: Iterable[int]) -> None:
        """Note a tensor unless it has the shape it should have."""
        if tuple(tensor.shape) != tuple(shape):
            self.shape(key, tensor, str(tuple(shape)))

    def shape(self, key: str, tensor: Tensor, wanted: str) -> None:
        """Note a tensor of another shape than it should have."""
        self._unfit.append(f"{key} is {tuple(tensor.shape)} instead of {wanted}")

    def odd(self, key: str, what: str) -> None:
        """Note a tensor whose values cannot be those of its place."""
        self._unfit.append(f"{key} {what}")

    def concerns(self, keys: Iterable[str]) -> bool:
        """Return whether one of these keys is missing or misshapen."""
        misshapen = {told.partition(" ")[0] for told in self._unfit}
        return not {*self._missing, *misshapen}.isdisjoint(keys)

    def complain(self) -> None:
        """Say what was noted.

        Raises:
            BundleError: Something was.
        """
        noted = (
            ("missing: ", self._missing),
            ("unexpected: ", self._extra),
            ("", self._unfit),
        )
        problems = [title + listed(found) for title, found in noted if found]
        if problems:
            raise BundleError(
                f"the weights do not fit an AWD-LSTM ({'; '.join(problems)})",
                given=self._path,
                accepted="all weights of one model, and no others",
                remedy="Save the whole model again",
            )


def listed(names: list[str]) -> str:
    """Return the first names and how many more there are."""
    more = len(names) - SHOWN
    shown = ", ".join(
        name if len(name) <= LONGEST else f"{name[:LONGEST]}…" for name in names[:SHOWN]
    )
    return shown + (f" and {more} more" if more > 0 else "")
