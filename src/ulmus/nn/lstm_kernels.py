"""Which of several ways reads a layer fastest: the library's kernel, or our own function."""

import torch
from torch import Tensor

from ulmus.nn.precision import Precision
from ulmus.nn.recurrence import Ragged

LEAST_WORK = 1_200_000
"""Rows times the square of the hidden size from which on bf16 gains. Measured for 72 steps, fp32
against bf16, forward and back: 23 and 25 ms for 8 rows of 640, 28 and 25 for 32 of 256, 130 and 87
for 32 of 640, 13 and 20 for 64 of 128; and for one row of 1,152 without gradients 25 and 8."""

LARGE_SIZE = 1_000
"""Hidden size from which on our own function is as fast as the library's kernel in fp32."""

SIZE_SQUARED_PER_STEP = 30_000
"""How many steps the library's rearranging of weights is worth in fp32. Measured for one row, with
weights rearranged before and by the library: 20 steps of 1,152 took 5 and 19 ms, 200 took 46 and
45; 5 steps of 640 took 0.4 and 0.6, 20 took 1.6 and 1.3."""


def reads_ragged(like: Tensor, size: int, batch: int, precision: Precision) -> bool:
    """Return whether sequences of unequal length are read faster without their padding.

    Args:
        like: A weight; tells device and type.
        size: Features of the hidden state.
        batch: Sequences.
        precision: Of the products.

    Our own function can leave padding out, the library's kernel cannot, but it is faster for
    small layers.
    """
    if like.device.type != "cpu" or like.dtype != torch.float32:
        return False
    return size >= LARGE_SIZE or (precision == "bf16" and batch * size**2 >= LEAST_WORK)


def gains_by_bfloat16(inputs: Tensor, weight_hh: Tensor, precision: Precision) -> bool:
    """Return whether a layer is read faster with bf16 operands, which must be asked for."""
    if precision != "bf16" or inputs.dtype != torch.float32:
        return False
    size = weight_hh.shape[1]
    return inputs.device.type != "cpu" or inputs.shape[0] * size**2 >= LEAST_WORK


def reads_prepared(
    inputs: Tensor, weight_hh: Tensor, precision: Precision, ragged: Ragged | None = None
) -> bool:
    """Return whether a sequence is read faster with weights that were rearranged before.

    Without gradients only. The library's kernel rearranges them at each call, which few steps
    do not outweigh.
    """
    if torch.is_grad_enabled() or inputs.device.type != "cpu" or inputs.dtype != torch.float32:
        return False
    steps = inputs.shape[1]
    few = (
        ragged is not None or steps == 1 or steps * SIZE_SQUARED_PER_STEP <= weight_hh.shape[1] ** 2
    )
    return few or gains_by_bfloat16(inputs, weight_hh, precision)
