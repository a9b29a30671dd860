"""Matrix products at the best rate that a CPU has.

Two things cost a recurrent layer most of a CPU's rate. Weights that are multiplied again and again
are rearranged by the library at every call: measured for a step of one row through 4,608 x 1,152
weights, 282 microseconds in bf16 and 681 in fp32, against 80 and 135 with weights that were
rearranged once. And torch hands fp32 products to MKL, which on AMD processors runs at half the rate
of oneDNN (209 against 476 GFLOP/s, measured on two cores with AVX-512).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from threading import Lock
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from ulmus.nn.precision import reorders_weights

EXPECTED_ROWS = 64
"""The batch that weights are rearranged for; smaller and larger ones were as fast with it."""


class Weight:
    """A weight that is multiplied many times, rearranged once.

    Args:
        weight: Kept as it is where the library cannot rearrange it.

    Shapes:
        weight: (N, K), float32 or bfloat16.
    """

    def __init__(self, weight: Tensor) -> None:
        self._rearranged = weight.device.type == "cpu" and reorders_weights()
        self._weight = weight
        if self._rearranged:
            self._weight = torch.ops.mkldnn._reorder_linear_weight(weight.detach(), EXPECTED_ROWS)

    def __call__(self, rows: Tensor, bias: Tensor | None = None) -> Tensor:
        """Return `rows @ weight.T + bias`, in the operands' type.

        Shapes:
            rows: (..., K); bias: (N,); returned: (..., N).
        """
        if self._rearranged:
            product = torch.ops.mkldnn._linear_pointwise
            return product(rows, self._weight, bias, "none", [], "")  # type: ignore[no-any-return]
        return F.linear(rows, self._weight, bias)

    def added(self, rows: Tensor, addend: Tensor) -> Tensor:
        """Return `rows @ weight.T + addend`.

        Shapes:
            rows: (B, K); addend, returned: (B, N).
        """
        if self._rearranged:
            product = torch.ops.mkldnn._linear_pointwise.binary
            return product(rows, addend, self._weight, None, "add")  # type: ignore[no-any-return]
        return F.linear(rows, self._weight).add_(addend)


class _Users:
    """How many blocks want the faster library now, and what was set before the first of them."""

    lock = Lock()
    count = 0
    before = "none"


@contextmanager
def fast_products() -> Iterator[None]:
    """Let fp32 products of a block go through oneDNN, where that is as exact as MKL.

    The switch is torch's and holds for the whole process, so it is counted: it goes back when
    the last thread leaves.
    """
    if not onednn_is_exact():
        yield
        return
    settings: Any = torch.backends.mkldnn.matmul  # type: ignore[attr-defined]
    with _Users.lock:
        if not _Users.count:
            _Users.before = settings.fp32_precision
            settings.fp32_precision = "bf16"
        _Users.count += 1
    try:
        yield
    finally:
        with _Users.lock:
            _Users.count -= 1
            if not _Users.count:
                settings.fp32_precision = _Users.before


@cache
def onednn_is_exact() -> bool:
    """Return whether fp32 products through oneDNN keep single precision on this CPU.

    The switch that chooses oneDNN allows it to round to bfloat16. It does so where the CPU has
    matrix tiles (AMX) and not elsewhere: that is looked up, and tried on a product as well.
    """
    if not torch.backends.mkldnn.is_available() or torch.cpu._is_amx_tile_supported():
        return False
    generator = torch.Generator().manual_seed(0)
    left, right = torch.randn(2, 256, 256, generator=generator)
    settings: Any = torch.backends.mkldnn.matmul  # type: ignore[attr-defined]
    before = settings.fp32_precision
    settings.fp32_precision = "bf16"
    try:
        product = left @ right
    finally:
        settings.fp32_precision = before
    error = (product.double() - left.double() @ right.double()).abs().max()
    return bool(error < 1e-4)  # of sums of 256 products; bfloat16 would be off by 0.1
