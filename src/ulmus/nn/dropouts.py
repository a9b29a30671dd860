"""The dropouts of AWD-LSTM that `torch.nn` does not have.

Paper: Merity, Keskar, Socher, "Regularizing and Optimizing LSTM Language Models" (2017).
"""

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional as F


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

    The raw weight stays the parameter; its gradient is 0 where it was dropped.

    Shapes:
        weight: any, usually (4H, H); returned: the same.
    """
    return F.dropout(weight, probability, training=training)
