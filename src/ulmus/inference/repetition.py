"""Tokens that are there already made less probable.

Paper: Keskar et al., "CTRL: A Conditional Transformer Language Model for Controllable Generation"
(2019), section 4.1.
"""

from collections.abc import Sequence

import torch
from torch import Tensor

from ulmus.inference.ranges import LARGEST_FACTOR, LEAST_FACTOR, check_range


def penalised(logits: Tensor, seen: Tensor, penalty: float) -> Tensor:
    """Return logits in which those of tokens already seen are lowered.

    A positive logit is divided by the penalty and a negative one multiplied by it, so that a
    penalty above 1 lowers both. How often or how long ago a token was seen makes no difference,
    as in the paper.

    Args:
        logits: The model's.
        seen: Which tokens are there already.
        penalty: 1 changes nothing; the paper takes 1.2; from 1e-30 to 1e30.

    Shapes:
        logits: (B, V); seen: (B, V) bool; returned: (B, V).

    Raises:
        SettingsError: The penalty is out of its range.
    """
    check_penalty(penalty)
    if penalty == 1:
        return logits
    lowered = torch.where(logits > 0, logits / penalty, logits * penalty)
    return torch.where(seen, lowered, logits)


def seen_tokens(prompts: Sequence[Tensor], vocabulary_size: int) -> Tensor:
    """Return which tokens stand in each prompt.

    Shapes:
        prompts: (N,) int64 each; returned: (B, V) bool for B prompts.
    """
    seen = torch.zeros(len(prompts), vocabulary_size, dtype=torch.bool)
    for row, prompt in zip(seen, prompts, strict=True):
        row[prompt] = True
    return seen


def check_penalty(penalty: float) -> None:
    """Refuse a penalty that means nothing.

    Raises:
        SettingsError: It is 0 or less, or so small or large that logits would leave their range.
    """
    accepted = f"from {LEAST_FACTOR:g} to {LARGEST_FACTOR:g}; 1 is none"
    fits = LEAST_FACTOR <= penalty <= LARGEST_FACTOR
    check_range("repetition_penalty", penalty, accepted, fits=fits)
