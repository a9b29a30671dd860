"""Dropout and the five dropouts of AWD-LSTM, each written out with its mask in the open.

Every function takes the mask, so that one can see what it does; who trains draws it anew each time.
"""

import torch
from torch import Tensor, nn


def bernoulli_mask(shape: tuple[int, ...], probability: float) -> Tensor:
    """Draw a mask that is 0 with probability p and else 1/(1-p).

    Scaled so, its mean is 1, and nothing has to be scaled when the model is used.

    Args:
        shape: The mask's shape.
        probability: The share p of zeros, below 1.
    """
    kept = torch.rand(shape) >= probability
    return kept / (1 - probability)


class Dropout(nn.Module):
    """Dropout of single values, in training only.

    Paper: Srivastava and others, "Dropout: A Simple Way to Prevent Neural Networks from
    Overfitting" (2014).

    Args:
        probability: Its own share p of zeros.
    """

    def __init__(self, probability: float) -> None:
        super().__init__()
        self.probability = probability

    def forward(self, values: Tensor) -> Tensor:
        """Return the values, some of them 0 in training.

        Shapes:
            values: any, and so is what is returned.
        """
        if not self.training or self.probability == 0:
            return values
        return values * bernoulli_mask(tuple(values.shape), self.probability).to(values)


def embedding_dropout(tokens: Tensor, weight: Tensor, mask: Tensor) -> Tensor:
    """Look up tokens after whole words were dropped from the embedding.

    Shapes:
        tokens: (B, T) int64; weight: (V, E); mask: (V, 1); returned: (B, T, E).
    """
    return (weight * mask)[tokens]


def sequence_dropout(values: Tensor, mask: Tensor) -> Tensor:
    """Drop the same features at every step: dropout of the input, and between layers.

    Shapes:
        values: (B, T, H); mask: (B, 1, H); returned: (B, T, H).
    """
    return values * mask


def weight_dropout(raw: Tensor, mask: Tensor) -> Tensor:
    """Drop single weights from state to state, the same for all steps and all rows.

    The raw weight is what is learned; where the mask is 0 it gets no gradient in this step.

    Shapes:
        raw, mask: (4H, H), and so is what is returned.
    """
    return raw * mask
