"""A text of characters cut into batches in two ways: in sequence, or at random places."""

from collections.abc import Iterator

import torch
from torch import Tensor

Batch = tuple[Tensor, Tensor]
"""Tokens and, one place later, targets: (B, T) each."""


def sequential_batches(
    ids: Tensor, batch_size: int, steps: int, generator: torch.Generator
) -> Iterator[Batch]:
    """Yield batches each of whose rows goes on in the next one; the first begins at chance.

    Args:
        ids: The text.
        batch_size: Rows.
        steps: Columns.
        generator: Draws the first place, so that each epoch cuts elsewhere.

    Shapes:
        ids: (N,) int64; yielded: (B, T) each, all of full length.
    """
    offset = int(torch.randint(steps + 1, (), generator=generator))
    row_length = (len(ids) - offset - 1) // batch_size
    used = batch_size * row_length
    tokens = ids[offset : offset + used].view(batch_size, row_length)
    targets = ids[offset + 1 : offset + used + 1].view(batch_size, row_length)
    for first in range(0, row_length - steps + 1, steps):
        yield tokens[:, first : first + steps], targets[:, first : first + steps]


def random_batches(
    ids: Tensor, batch_size: int, steps: int, generator: torch.Generator
) -> Iterator[Batch]:
    """Yield batches of windows from all over the text; neighbours have nothing in common.

    Args:
        ids: The text.
        batch_size: Rows.
        steps: Columns.
        generator: Draws the first place and the order.

    Shapes:
        ids: (N,) int64; yielded: (B, T) each.
    """
    offset = int(torch.randint(steps, (), generator=generator))
    count = (len(ids) - offset - 1) // steps
    starts = offset + steps * torch.randperm(count, generator=generator)
    places = torch.arange(steps)
    for rows in starts[: count // batch_size * batch_size].split(batch_size):
        window = rows[:, None] + places  # (B, T)
        yield ids[window], ids[window + 1]
