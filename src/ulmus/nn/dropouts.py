"""The dropouts of AWD-LSTM that `torch.nn` does not have.

Paper: Merity, Keskar, Socher, "Regularizing and Optimizing LSTM Language Models" (2017).
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.autograd.function import once_differentiable
from torch.nn import functional as F

LEVELS = 1 << 16


def dropout_mask(like: Tensor, shape: Sequence[int], probability: float) -> Tensor:
    """Draw a mask whose values are 0, or 1/(1-p) with probability 1-p.

    Args:
        like: Gives the mask its device and type.
        shape: The mask's shape.
        probability: The share p of zeros, in [0, 1).
    """
    mask = torch.empty(tuple(shape), dtype=like.dtype, device=like.device)
    return mask.bernoulli_(1 - probability).div_(1 - probability)


def sequence_dropout(inputs: Tensor, probability: float, *, training: bool) -> Tensor:
    """Drop the same features at every step of a sequence (variational dropout).

    Shapes:
        inputs: (B, T, ...), and so is what is returned; the mask is (B, 1, ...).
    """
    if not training or probability == 0:
        return inputs
    batch, _, *features = inputs.shape
    return inputs * dropout_mask(inputs, (batch, 1, *features), probability)


def embed(tokens: Tensor, weight: Tensor, probability: float, *, training: bool) -> Tensor:
    """Look tokens up in an embedding, dropping whole vocabulary rows.

    One mask value is drawn for each vocabulary row, so every occurrence of a word shares its
    fate. The mask multiplies the gathered rows, never a copy of the whole matrix.

    Shapes:
        tokens: (B, T) int64; weight: (V, E); returned: (B, T, E).
    """
    gathered = F.embedding(tokens, weight)
    return drop_words(gathered, tokens, len(weight), probability, training=training)


def drop_words(
    embedded: Tensor, tokens: Tensor, vocabulary_size: int, probability: float, *, training: bool
) -> Tensor:
    """Drop whole vocabulary rows from what an embedding returned.

    Shapes:
        embedded: (B, T, E); tokens: (B, T) int64, what was looked up; returned: (B, T, E).
    """
    if not training or probability == 0:
        return embedded
    mask = dropout_mask(embedded, (vocabulary_size, 1), probability)
    return embedded * F.embedding(tokens, mask)


def drop_weight(weight: Tensor, probability: float, *, training: bool) -> Tensor:
    """Return a recurrent weight with single entries dropped (DropConnect).

    The raw weight stays the parameter; its gradient is 0 where it was dropped. On a CPU the
    probability is rounded to a multiple of 1/65,536, and what is kept is scaled accordingly.

    Shapes:
        weight: any, usually (4H, H); returned: the same.
    """
    if not training or probability == 0 or weight.device.type != "cpu":
        return F.dropout(weight, probability, training=training)
    levels = min(round(probability * LEVELS), LEVELS - 1)
    kept = _random_levels(weight.shape) >= levels - LEVELS // 2
    dropped: Tensor = _Kept.apply(weight, kept, LEVELS / (LEVELS - levels))  # type: ignore[no-untyped-call]
    return dropped


class _Kept(torch.autograd.Function):
    """What is kept, scaled. The product takes a third of the time of `torch.where`."""

    @staticmethod
    def forward(ctx: Any, values: Tensor, kept: Tensor, scale: float) -> Tensor:
        ctx.save_for_backward(kept)
        ctx.scale = scale
        return (values * kept).mul_(scale)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, None, None]:
        (kept,) = ctx.saved_tensors
        return (grad * kept).mul_(ctx.scale), None, None


def _random_levels(shape: torch.Size) -> Tensor:
    """Return numbers that are equally likely from -32,768 to 32,767, as int16.

    torch draws one number after the other at 7 ns each, which made the dropped weights of an
    AWD-LSTM a twentieth of a training step; sixteen bits of numpy's generator take 0.6 ns. Its
    seed is drawn from torch's generator, so that a run still depends on that alone.
    """
    generator = np.random.SFC64(int(torch.randint(2**63 - 1, ())))
    words = generator.random_raw(-(-shape.numel() // 4))
    return torch.from_numpy(words.view(np.int16)[: shape.numel()]).view(shape)
