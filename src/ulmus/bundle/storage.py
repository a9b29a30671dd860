"""Weights in fewer bytes: rounded to bfloat16, or to eight bits with a scale for each row."""

from collections.abc import Mapping
from typing import Literal

import torch
from torch import Tensor

Storage = Literal["fp32", "bf16", "int8"]

SCALES = ".scales"
"""What follows a matrix' name in that of its rows' scales."""

MOST = 127


def stored(weights: Mapping[str, Tensor], storage: Storage) -> dict[str, Tensor]:
    """Return weights as they are written.

    With `int8` each row of a matrix is rounded to 255 steps between its largest magnitude and
    that with the other sign; vectors, which are few, stay as they are. With `bf16` all are
    rounded to that, half of fp32's bytes.

    Args:
        weights: In fp32, by name.
        storage: How.
    """
    found: dict[str, Tensor] = {}
    for name, weight in weights.items():
        if storage == "fp32" or not weight.is_floating_point():  # counts stay counts
            found[name] = weight.contiguous()
        elif storage == "bf16":
            found[name] = weight.bfloat16().contiguous()
        elif weight.ndim == 2:
            scales = weight.abs().amax(1, keepdim=True) / MOST
            steps = weight / scales.clamp(min=torch.finfo(torch.float32).tiny)
            found[name], found[name + SCALES] = steps.round().to(torch.int8), scales
        else:
            found[name] = weight.contiguous()
    return found


def restored(weights: Mapping[str, Tensor], storage: Storage) -> dict[str, Tensor]:
    """Return weights in fp32 from what was written.

    Raises:
        ValueError: They were not written like that.
    """
    found: dict[str, Tensor] = {}
    for name, weight in weights.items():
        if weight.dtype == torch.int8:
            scales = weights.get(name + SCALES)
            if storage != "int8" or scales is None or scales.shape != (*weight.shape[:1], 1):
                raise ValueError(f"the scales of {name} are missing, or of another size")
            found[name] = weight.float() * scales.float()
        elif not name.endswith(SCALES):
            found[name] = weight.float() if weight.is_floating_point() else weight
    return found


def is_finite(weight: Tensor) -> bool:
    """Tell whether all values are finite numbers, in one pass that makes no copy."""
    return not weight.numel() or all(bool(end.isfinite()) for end in weight.aminmax())
