"""The compiled way through an LSTM's gates, where the installation could compile it.

The C source is beside this file. A step's gates cost a dozen calls of torch and as many passes
over memory; in C they are one call: for 64 rows of 1,152 in bf16, 55 microseconds against 320.
"""

import ctypes
from functools import cache
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from ulmus.compiled import compiled_library

SOURCE = Path(__file__).with_name("gates.c")
VERSION = 1
"""Of the structures below."""

PARALLEL_FROM = 8_192
"""Numbers in a step's output from which on threads share them; handing them out takes 4 us."""

POINTER, INTEGER = ctypes.c_void_p, ctypes.c_int64


class Forward(ctypes.Structure):
    """A step's tensors, as the C source describes them."""

    _fields_ = (
        *((name, INTEGER) for name in ("rows", "size", "is_bfloat16", "first", "last")),
        *((name, POINTER) for name in ("product", "gates", "cell", "cells", "output", "seen")),
        ("seen_rows", INTEGER),
    )


class Backward(ctypes.Structure):
    """What is needed for a step back, as the C source describes it."""

    _fields_ = (
        *((name, INTEGER) for name in ("rows", "size", "is_bfloat16", "first", "last")),
        *((name, POINTER) for name in ("gates", "before", "after", "output")),
        ("output_stride", INTEGER),
        ("hidden", POINTER),
        ("hidden_rows", INTEGER),
        ("cell", POINTER),
        ("gradient", POINTER),
    )


class GateKernels:
    """The functions of the compiled library.

    Args:
        library: The loaded library.
    """

    def __init__(self, library: Any) -> None:
        self._forward, self._backward = library.ulmus_lstm_forward, library.ulmus_lstm_backward
        for function in (self._forward, self._backward):
            function.argtypes = [POINTER, POINTER, INTEGER]
            function.restype = None
        # torch's own OpenMP, whose threads are awake already; without it one thread does all.
        everything = ctypes.CDLL(None)
        found = hasattr(everything, "GOMP_parallel")
        self._parallel = ctypes.cast(everything.GOMP_parallel, POINTER) if found else None

    def forward(
        self,
        product: Tensor,
        cell: Tensor,
        output: Tensor,
        seen: Tensor | None,
        kept: tuple[Tensor, Tensor] | None,
    ) -> None:
        """See `ulmus.nn.gate_steps.forward_step`."""
        rows, size = output.shape
        gates, cells = kept or (None, None)
        step = Forward(
            *(rows, size, product.dtype == torch.bfloat16, 0, 0),
            *map(_pointer, (product, gates, cell, cells, output, seen)),
            0 if seen is None else len(seen),
        )
        self._forward(ctypes.byref(step), self._parallel, _threads(rows * size))

    def backward(
        self,
        kept: tuple[Tensor, Tensor, Tensor],
        for_output: Tensor,
        for_hidden: Tensor,
        for_cell: Tensor,
        for_gates: Tensor,
    ) -> None:
        """See `ulmus.nn.gate_steps.backward_step`."""
        rows, size = for_output.shape
        step = Backward(
            *(rows, size, for_gates.dtype == torch.bfloat16, 0, 0),
            *map(_pointer, (*kept, for_output)),
            *(for_output.stride(0), _pointer(for_hidden), len(for_hidden)),
            *map(_pointer, (for_cell, for_gates)),
        )
        self._backward(ctypes.byref(step), self._parallel, _threads(rows * size))


@cache
def gate_kernels() -> GateKernels | None:
    """Return the compiled functions, or None where there are none."""
    library = compiled_library(SOURCE, VERSION)
    return None if library is None else GateKernels(library)


def _pointer(tensor: Tensor | None) -> int | None:
    return None if tensor is None else tensor.data_ptr()


def _threads(numbers: int) -> int:
    return torch.get_num_threads() if numbers >= PARALLEL_FROM else 1
