"""A classifier's head under the names that three versions of fastai gave to its layers.

It is norm, dropout, linear, ReLU, norm, dropout, linear everywhere. Where a dropout is 0 there is
no such layer and the numbers behind it are lower by one. fastai 1 and 0.7 gave the linear layers
biases, which fastai 2 and this library do not have; a norm's bias takes one over exactly, for
norm, dropout and linear follow each other without anything bent in between.
"""

from collections.abc import Iterator, Mapping
from itertools import product
from typing import NamedTuple

import torch
from torch import Tensor

from ulmus.interop.fastai_fit import Misfit

NORM = ("weight", "bias", "running_mean", "running_var")
COUNTER = "num_batches_tracked"


class Head(NamedTuple):
    """A classifier's head.

    Args:
        layout: Whose names the weights had.
        weights: By the names of `models.text_classifier.ClassifierHead`.
        absorbed_biases: Whether biases of linear layers were moved into the norms.
    """

    layout: str
    weights: dict[str, Tensor]
    absorbed_biases: bool

    @property
    def head_size(self) -> int:
        """Features of the inner layer."""
        return len(self.weights["layers.2.weight"])

    @property
    def class_count(self) -> int:
        """Number of logits, C."""
        return len(self.weights["layers.6.weight"])


class Names(NamedTuple):
    """Where the four layers with weights stand in a file."""

    layout: str
    first_norm: str
    first_linear: str
    second_norm: str
    second_linear: str

    def needed(self) -> list[str]:
        """Return all keys that have to be there."""
        norms = [f"{norm}.{part}" for norm in self.norms for part in NORM]
        return [*norms, *(f"{linear}.weight" for linear in self.linears)]

    def possible(self) -> set[str]:
        """Return all keys that may be there."""
        counters = (f"{norm}.{COUNTER}" for norm in self.norms)
        biases = (f"{linear}.bias" for linear in self.linears)
        return {*self.needed(), *counters, *biases}

    @property
    def norms(self) -> tuple[str, str]:
        """Both batch norms."""
        return self.first_norm, self.second_norm

    @property
    def linears(self) -> tuple[str, str]:
        """Both linear layers."""
        return self.first_linear, self.second_linear


def read_head(after: Mapping[str, Tensor], embedding_size: int, misfit: Misfit) -> Head:
    """Return the head whose weights are given.

    Args:
        after: The weights behind the encoder, by their names in the file.
        embedding_size: Features of the encoder, of which three kinds are pooled.
        misfit: Where keys that are missing, unexpected or misshapen are noted.

    Raises:
        BundleError: Some were, here or before.
    """
    names = max(_all_names(), key=lambda names: len(names.possible() & after.keys()))
    misfit.missing(key for key in names.needed() if key not in after)
    misfit.extra(key for key in after if key not in names.possible())
    misfit.complain()
    _check_shapes(after, names, 3 * embedding_size, misfit)
    for variance in (f"{norm}.running_var" for norm in names.norms):
        if (after[variance] < 0).any():
            misfit.odd(variance, "holds values below 0")
    misfit.complain()
    weights: dict[str, Tensor] = {}
    absorbed = False
    for index, norm, linear in zip((0, 4), names.norms, names.linears, strict=True):
        weights |= {f"layers.{index}.{part}": after[f"{norm}.{part}"] for part in NORM}
        counter = after.get(f"{norm}.{COUNTER}", torch.tensor(0))
        weights[f"layers.{index}.{COUNTER}"] = counter.to(torch.int64)
        matrix, bias = after[f"{linear}.weight"], after.get(f"{linear}.bias")
        weights[f"layers.{index + 2}.weight"] = matrix
        if bias is not None and bias.any():
            absorbed = True
            moved = _before(matrix, bias, f"{linear}.bias", misfit)
            weights[f"layers.{index}.bias"] = weights[f"layers.{index}.bias"] + moved
    misfit.complain()
    return Head(names.layout, weights, absorbed)


def _all_names() -> Iterator[Names]:
    for first, second in product((2, 1), repeat=2):  # 1 where there is no dropout layer
        one, two = "1.layers.0", "1.layers.1"
        yield Names("fastai 2", f"{one}.0", f"{one}.{first}", f"{two}.0", f"{two}.{second}")
    for first, second in product((2, 1), repeat=2):
        numbers = (0, first, first + 2, first + 2 + second)
        yield Names("fastai 1", *(f"1.layers.{number}" for number in numbers))
    yield Names("fastai 0.7", *(f"1.layers.{n}.{part}" for n in (0, 1) for part in ("bn", "lin")))


def _check_shapes(after: Mapping[str, Tensor], names: Names, pooled: int, misfit: Misfit) -> None:
    made = pooled
    for norm, linear in zip(names.norms, names.linears, strict=True):
        for part in NORM:
            misfit.compare(f"{norm}.{part}", after[f"{norm}.{part}"], (made,))
        if f"{norm}.{COUNTER}" in after:
            misfit.compare(f"{norm}.{COUNTER}", after[f"{norm}.{COUNTER}"], ())
        matrix = after[f"{linear}.weight"]
        rows = len(matrix) if matrix.ndim else 0
        misfit.compare(f"{linear}.weight", matrix, (rows or 1, made))
        made = rows
        if f"{linear}.bias" in after:
            misfit.compare(f"{linear}.bias", after[f"{linear}.bias"], (rows,))


def _before(matrix: Tensor, bias: Tensor, name: str, misfit: Misfit) -> Tensor:
    """Return what, added before a linear layer, has the effect of a bias behind it.

    Shapes:
        matrix: (O, I); bias: (O,); returned: (I,).
    """
    wide, wanted = matrix.double(), bias.double()
    moved: Tensor = torch.linalg.lstsq(wide, wanted[:, None], driver="gelsd").solution[:, 0]
    if not torch.allclose(wide @ moved, wanted, rtol=1e-6, atol=1e-6):
        misfit.extra([f"{name}, which no norm can take over"])
    return moved.to(matrix.dtype)
