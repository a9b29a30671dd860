"""Computing anew for the backward pass what there is no memory to keep.

torch has this as `torch.utils.checkpoint`, whose first call imports torch's compiler: a second and
75 MB, at a moment when memory is short.
"""

from collections.abc import Callable
from itertools import compress
from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

Compute = Callable[..., tuple[Tensor, ...]]


def recomputed(compute: Compute, *given: Tensor) -> tuple[Tensor, ...]:
    """Return what is computed, keeping nothing of it but the result.

    The backward pass computes it again, with the same random numbers, and adds the gradients of
    the parameters behind it.

    Args:
        compute: Computes tensors from tensors; what it learns are parameters that it holds.
        given: What it is given; learns nothing.
    """
    anchor = torch.zeros((), requires_grad=True)  # so that there is a backward pass
    result: tuple[Tensor, ...] = _Recomputed.apply(compute, anchor, *given)  # type: ignore[no-untyped-call]
    return result


class _Recomputed(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, compute: Compute, _anchor: Tensor, *given: Tensor) -> tuple[Tensor, ...]:
        ctx.compute = compute
        ctx.gpus = sorted({each.device.index for each in given if each.device.type == "cuda"})
        ctx.generators = torch.get_rng_state(), [*map(torch.cuda.get_rng_state, ctx.gpus)]
        ctx.save_for_backward(*given)
        with torch.enable_grad():  # it may compute otherwise without
            return tuple(made.detach() for made in compute(*given))

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *gradients: Tensor) -> tuple[None, ...]:
        given = ctx.saved_tensors
        with torch.random.fork_rng(ctx.gpus), torch.enable_grad():
            torch.set_rng_state(ctx.generators[0])
            for gpu, state in zip(ctx.gpus, ctx.generators[1], strict=True):
                torch.cuda.set_rng_state(state, gpu)
            made = ctx.compute(*given)
        learned = [each.requires_grad for each in made]
        if any(learned):
            torch.autograd.backward([*compress(made, learned)], [*compress(gradients, learned)])
        return (None, None, *[None] * len(given))
