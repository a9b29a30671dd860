"""Prompts of unequal length read side by side."""

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence

from ulmus.models.language_model import LanguageModel
from ulmus.nn.recurrent_stack import State, resize_state, select_rows

STRETCH = 1024
"""Tokens of a prompt that are read at once, so that a long one needs no more memory."""


def read_prompts(model: LanguageModel, prompts: Sequence[Tensor]) -> State | None:
    """Return the state before each prompt's last token.

    The longest prompts come first within, and the others drop out where they end: nothing is
    padded, so a prompt's state is what it would be alone, to rounding.

    Args:
        model: In evaluation mode.
        prompts: Ids, at least one each.

    Shapes:
        prompts: (N,) int64 each.

    Returns:
        The state, a row for each prompt; None if there is nothing to read before the last token.
    """
    device = next(model.parameters()).device
    lengths = torch.tensor([len(prompt) - 1 for prompt in prompts])
    order = lengths.argsort(descending=True, stable=True)
    tokens = pad_sequence([prompts[row][:-1] for row in order], batch_first=True).to(device)
    state: State | None = None
    ended: list[State] = []  # those that are read whole, the shortest first
    start, rows = 0, int((lengths > 0).sum())
    for end in _borders(lengths):
        state = model.encoder(tokens[:rows, start:end], state).state
        left = int((lengths > end).sum())
        ended.append(_rows(state, left, rows))
        state, start, rows = _rows(state, 0, left), end, left
    if not ended:
        return None
    whole = resize_state(_joined(ended[::-1]), len(prompts))  # zeros before the first token
    return select_rows(whole, order.argsort().to(device))


def _borders(lengths: Tensor) -> list[int]:
    """Return where reading pauses: where a prompt ends, and after each stretch."""
    stretches = range(STRETCH, int(lengths.max()), STRETCH)
    return sorted({*stretches, *lengths.tolist()} - {0})


def _rows(state: State, first: int, end: int) -> State:
    return tuple((hidden[:, first:end], cell[:, first:end]) for hidden, cell in state)


def _joined(states: Sequence[State]) -> State:
    """Return the rows of all states, one after the other."""
    layers = zip(*states, strict=True)
    return tuple(
        (torch.cat([hidden for hidden, _ in parts], 1), torch.cat([cell for _, cell in parts], 1))
        for parts in layers
    )
