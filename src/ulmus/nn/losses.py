"""Cross-entropy fused with the decoder, so that logits for a whole batch never exist."""

from contextlib import AbstractContextManager, nullcontext
from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable
from torch.nn import functional as F

from ulmus.nn.precision import OPERANDS, Precision
from ulmus.nn.products import Weight, fast_products

IGNORED = -100
"""A target with this value is not counted, as in `torch.nn.functional.cross_entropy`."""

CHUNK_ELEMENTS: dict[Precision, int] = {"fp32": 8_000_000, "bf16": 16_000_000}
"""Logits held at once, 32 MB: for 30,000 words, chunks of 256 rows were fastest in fp32; in bf16
800 rows take 463 ms and 533, as here, 486."""

GPU_CHUNK_ELEMENTS = 1 << 27
"""On a GPU, whose memory is larger than any cache: half a gigabyte of logits in fp32."""

FEWEST_ROWS = 64
WORDS_AT_ONCE = 1 << 13

LEAST_PROBABILITY = 1e-30
"""Below it a logarithm is taken of the logits: the probability itself may vanish."""


def linear_cross_entropy(
    hidden: Tensor, weight: Tensor, bias: Tensor, targets: Tensor, *, precision: Precision = "fp32"
) -> Tensor:
    """Return the summed cross-entropy of `hidden @ weight.T + bias` against targets.

    Rows are taken in chunks; the gradients are computed on the way, in the same pass, unless
    gradients are switched off.

    Args:
        hidden: What the decoder reads.
        weight: The decoder's weight.
        bias: The decoder's bias.
        targets: The right tokens; `IGNORED` ones are not counted.
        precision: Of logits, probabilities and the products' operands; the loss and the
            gradients of weight and bias are summed in that of `hidden`. The mean loss of a batch
            of 4,608 tokens was off by a millionth in bf16.

    Shapes:
        hidden: (N, E); weight: (V, E); bias: (V,); targets: (N,) int64; returned: ().
    """
    if not torch.is_grad_enabled():
        # Inside the function all parameters look as if their gradients were wanted.
        hidden, weight, bias = hidden.detach(), weight.detach(), bias.detach()
    loss: Tensor = _LinearCrossEntropy.apply(precision, targets, hidden, weight, bias)  # type: ignore[no-untyped-call]
    return loss


class _LinearCrossEntropy(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, precision: Precision, targets: Tensor, *given: Tensor) -> Tensor:
        hidden, weight, bias = given
        wanted = ctx.needs_input_grad[2:]
        gradients = _Gradients(
            *(
                torch.zeros_like(value) if want else None
                for value, want in zip(given, wanted, strict=True)
            )
        )
        decoder = _Decoder.of(weight, bias, precision, backward=wanted[0])
        total = hidden.new_zeros(())
        on_cpu = hidden.device.type == "cpu"
        elements = CHUNK_ELEMENTS[precision] if on_cpu else GPU_CHUNK_ELEMENTS
        rows = max(FEWEST_ROWS, elements // len(weight))
        with decoder.products():
            for start in range(0, len(hidden), rows):
                part = slice(start, start + rows)
                read = hidden[part].to(decoder.bias.dtype)
                probabilities = decoder.probabilities(read)
                total += _loss(probabilities, read, decoder, targets[part])
                if any(wanted):
                    _subtract_targets(probabilities, targets[part])
                    gradients.add(probabilities, read, part, decoder)
                del probabilities  # before the next chunk takes its place
        ctx.save_for_backward(*gradients)
        return total

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
        return None, None, *(None if g is None else g * grad for g in ctx.saved_tensors)


class _Decoder(NamedTuple):
    """Weight and bias as operands; in bf16 rearranged for every chunk at once."""

    weight: Tensor | Weight
    back: Tensor | Weight | None  # the transposed weight
    bias: Tensor

    @classmethod
    def of(
        cls, weight: Tensor, bias: Tensor, precision: Precision, *, backward: bool
    ) -> "_Decoder":
        if precision == "fp32":
            return cls(weight, weight.t(), bias)
        operands = weight.to(OPERANDS[precision])
        back = Weight(operands.t()) if backward else None
        return cls(Weight(operands), back, bias.to(OPERANDS[precision]))

    def products(self) -> AbstractContextManager[None]:
        """Return what the products of all chunks are to run in."""
        return fast_products() if self.bias.dtype == torch.float32 else nullcontext()

    def logits(self, read: Tensor) -> Tensor:
        if isinstance(self.weight, Weight):
            return self.weight(read, self.bias)
        return F.linear(read, self.weight, self.bias)

    def probabilities(self, read: Tensor) -> Tensor:
        logits = self.logits(read)
        return torch.softmax(logits, 1, out=logits)

    def hidden(self, gradient: Tensor) -> Tensor:
        """Return the gradient of what was read."""
        if isinstance(self.back, Weight):
            return self.back(gradient)
        assert self.back is not None
        return F.linear(gradient, self.back)


class _Gradients(NamedTuple):
    hidden: Tensor | None
    weight: Tensor | None
    bias: Tensor | None

    def add(self, gradient: Tensor, read: Tensor, part: slice, decoder: _Decoder) -> None:
        """Take in the gradient of a chunk's logits.

        Shapes:
            gradient: (R, V); read: (R, E).
        """
        if self.hidden is not None:
            self.hidden[part] = decoder.hidden(gradient)
        if self.weight is not None and gradient.dtype == self.weight.dtype:
            self.weight.addmm_(gradient.t(), read)
        elif self.weight is not None:
            # In parts, of which a copy in single precision does not leave the cache.
            parts = gradient.split(WORDS_AT_ONCE, 1)
            for weight, part_of_words in zip(self.weight.split(WORDS_AT_ONCE), parts, strict=True):
                weight.add_(part_of_words.t() @ read)
        if self.bias is not None:
            self.bias.add_(gradient.sum(0))


def _loss(probabilities: Tensor, read: Tensor, decoder: _Decoder, targets: Tensor) -> Tensor:
    """Return the summed loss of a chunk, in single precision at least."""
    index = targets.clamp(min=0)[:, None]  # any, where a row is not counted
    exact = torch.promote_types(probabilities.dtype, torch.float32)
    right = probabilities.gather(1, index).to(exact)
    losses = -right.log()
    vanishing = right[:, 0] < LEAST_PROBABILITY
    if vanishing.any():
        few = decoder.logits(read[vanishing]).to(exact)
        losses[vanishing] = few.logsumexp(1, keepdim=True) - few.gather(1, index[vanishing])
    return losses[targets != IGNORED].sum()


def _subtract_targets(probabilities: Tensor, targets: Tensor) -> None:
    """Turn probabilities into the gradient of the logits, in place."""
    # Not scatter_add_, which copies a whole bf16 tensor there and back (19 ms a chunk).
    probabilities[torch.arange(len(targets), device=targets.device), targets.clamp(min=0)] -= 1
    uncounted = targets == IGNORED
    if uncounted.any():
        probabilities[uncounted] = 0
