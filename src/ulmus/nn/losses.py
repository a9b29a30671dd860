"""Cross-entropy fused with the decoder, so that logits for a whole batch never exist."""

from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

IGNORED = -100
"""A target with this value is not counted, as in `torch.nn.functional.cross_entropy`."""

CHUNK_ELEMENTS = 8_000_000
"""Logits held at once: 32 MB in float32."""


def linear_cross_entropy(hidden: Tensor, weight: Tensor, bias: Tensor, targets: Tensor) -> Tensor:
    """Return the summed cross-entropy of `hidden @ weight.T + bias` against targets.

    Rows are taken in chunks; the gradients are computed on the way, in the same pass, unless
    gradients are switched off.

    Args:
        hidden: What the decoder reads.
        weight: The decoder's weight.
        bias: The decoder's bias.
        targets: The right tokens; `IGNORED` ones are not counted.

    Shapes:
        hidden: (N, E); weight: (V, E); bias: (V,); targets: (N,) int64; returned: ().
    """
    if not torch.is_grad_enabled():
        # Inside the function all parameters look as if their gradients were wanted.
        hidden, weight, bias = hidden.detach(), weight.detach(), bias.detach()
    loss: Tensor = _LinearCrossEntropy.apply(hidden, weight, bias, targets)  # type: ignore[no-untyped-call]
    return loss


class _LinearCrossEntropy(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, hidden: Tensor, weight: Tensor, bias: Tensor, targets: Tensor) -> Tensor:
        wanted = ctx.needs_input_grad[:3]
        grads = [
            torch.zeros_like(value) if want else None
            for value, want in zip((hidden, weight, bias), wanted, strict=True)
        ]
        total = hidden.new_zeros(())
        rows = max(64, CHUNK_ELEMENTS // len(weight))
        for start in range(0, len(hidden), rows):
            part = slice(start, start + rows)
            logits = torch.addmm(bias, hidden[part], weight.t())
            total += _chunk_loss(logits, targets[part], differentiate=any(wanted))
            _add_gradients(logits, hidden, weight, part, grads)
        ctx.save_for_backward(*grads)
        return total

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
        return *(None if g is None else g * grad for g in ctx.saved_tensors), None


def _chunk_loss(logits: Tensor, targets: Tensor, *, differentiate: bool) -> Tensor:
    """Return the summed loss of a chunk and turn its logits into their gradient, in place."""
    counted = targets != IGNORED
    index = targets.where(counted, 0)[:, None]
    normalizer = logits.logsumexp(1, keepdim=True)
    losses = (normalizer - logits.gather(1, index))[:, 0]
    if differentiate:
        logits.sub_(normalizer).exp_()
        logits.scatter_add_(1, index, torch.full_like(normalizer, -1.0))
        logits.mul_(counted[:, None])
    return losses.masked_fill(~counted, 0).sum()


def _add_gradients(
    gradient: Tensor, hidden: Tensor, weight: Tensor, part: slice, grads: list[Tensor | None]
) -> None:
    for_hidden, for_weight, for_bias = grads
    if for_hidden is not None:
        torch.mm(gradient, weight, out=for_hidden[part])
    if for_weight is not None:
        for_weight.addmm_(gradient.t(), hidden[part])
    if for_bias is not None:
        for_bias += gradient.sum(0)
