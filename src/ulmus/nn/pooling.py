"""Pooling over the steps that count, chunk by chunk."""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F


class Pool(NamedTuple):
    """Running pools over the steps seen so far.

    Shapes:
        last, largest, total: (B, E); count: (B, 1).
    """

    last: Tensor
    largest: Tensor
    total: Tensor
    count: Tensor  # type: ignore[assignment]  # hides tuple.count

    @classmethod
    def empty(cls, batch: int, features: int, like: Tensor) -> "Pool":
        """Return pools over nothing."""
        zeros = like.new_zeros(batch, features)
        return cls(zeros, torch.full_like(zeros, -torch.inf), zeros, like.new_zeros(batch, 1))

    def add(self, outputs: Tensor, counted: Tensor, ends: Tensor) -> "Pool":
        """Return the pools with one more chunk, of all rows or of the first ones.

        Args:
            outputs: The chunk's outputs.
            counted: Which of them belong to the pool.
            ends: Index of the row's last step in this chunk, or -1 where it is not here.

        Shapes:
            outputs: (R, T, E), R at most B; counted: (R, T) bool; ends: (R,) int64.
        """
        if len(outputs) < len(self.last):
            rows = len(outputs)
            first = Pool(*(part[:rows] for part in self)).add(outputs, counted, ends)
            return Pool(*(torch.cat([a, b[rows:]]) for a, b in zip(first, self, strict=True)))
        mask = counted[..., None]
        here = (ends >= 0)[:, None]
        last = outputs[torch.arange(len(outputs), device=outputs.device), ends.clamp(min=0)]
        return Pool(
            torch.where(here, last, self.last),
            torch.maximum(self.largest, outputs.masked_fill(~mask, -torch.inf).amax(1)),
            self.total + outputs.masked_fill(~mask, 0).sum(1),
            self.count + mask.sum(1),
        )

    def concatenated(self) -> Tensor:
        """Return [last, max, mean].

        Shapes:
            returned: (B, 3E).
        """
        return torch.cat([self.last, self.largest, self.total / self.count], 1)


def side_by_side(chunks: Sequence[Tensor], steps: int = 0) -> Tensor:
    """Return chunks of rows one behind the other in time, zeros where a row has ended.

    Args:
        chunks: Of rows that are fewer from one to the next, by the last ones.
        steps: How many there shall be, with zeros at the end; no fewer than there are.

    Shapes:
        chunks: (R, T, ...) each; returned: (R of the first, all T or `steps`, ...).
    """
    rows, rest = len(chunks[0]), (0, 0) * (chunks[0].dim() - 2)
    whole = torch.cat([F.pad(part, (*rest, 0, 0, 0, rows - len(part))) for part in chunks], 1)
    return F.pad(whole, (*rest, 0, max(0, steps - whole.shape[1])))
