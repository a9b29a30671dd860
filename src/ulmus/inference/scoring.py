"""How probable a model thinks each token of a text."""

import torch
from torch import Tensor

from ulmus.models.language_model import LanguageModel
from ulmus.nn.recurrent_stack import State

STRETCH = 64
"""Tokens whose logits are held at once."""


@torch.inference_mode()
def token_log_probabilities(model: LanguageModel, ids: Tensor) -> Tensor:
    """Return the log-probability of each token but the first, given those before it, in nats.

    Args:
        model: In evaluation mode.
        ids: A document, as the model reads it.

    Shapes:
        ids: (T,) int64; returned: (T - 1,), on the CPU.
    """
    device = next(model.parameters()).device
    state: State | None = None
    found = [torch.empty(0)]
    read, next_ids = ids[None, :-1].to(device), ids[None, 1:, None].to(device)
    for tokens, targets in zip(read.split(STRETCH, 1), next_ids.split(STRETCH, 1), strict=True):
        if tokens.shape[1]:
            logits, state = model(tokens, state)  # (1, S, V)
            chosen = logits.float().log_softmax(-1).gather(-1, targets)
            found.append(chosen.flatten().cpu())
    return torch.cat(found)
