"""Pooling over chunks against a loop over single documents."""

import pytest
import torch
from torch import Tensor

from ulmus.nn.pooling import Pool

LENGTHS = [10, 4, 1, 7]
FIRST = [0, 0, 0, 4]
"""The first step of each row that is pooled."""


def _outputs() -> Tensor:
    generator = torch.Generator().manual_seed(0)
    return torch.randn(4, 10, 5, generator=generator, dtype=torch.float64, requires_grad=True)


def _pooled(outputs: Tensor, chunk: int) -> Tensor:
    lengths, first = torch.tensor(LENGTHS), torch.tensor(FIRST)
    pool = Pool.empty(4, 5, outputs)
    for start in range(0, 10, chunk):
        part = outputs[:, start : start + chunk]
        position = torch.arange(start, start + part.shape[1])
        counted = (position < lengths[:, None]) & (position >= first[:, None])
        ends = lengths - 1 - start
        here = (ends >= 0) & (ends < part.shape[1])
        pool = pool.add(part, counted, ends.where(here, -1))
    return pool.concatenated()


def _expected(outputs: Tensor) -> Tensor:
    rows = []
    for row, (first, length) in enumerate(zip(FIRST, LENGTHS, strict=True)):
        steps = [outputs[row, step] for step in range(first, length)]
        mean = sum(steps[1:], steps[0]) / len(steps)
        largest = torch.stack(steps).max(0).values
        rows.append(torch.cat([steps[-1], largest, mean]))
    return torch.stack(rows)


@pytest.mark.parametrize("chunk", [1, 3, 4, 10])
def test_chunks_pool_like_whole_documents(chunk: int) -> None:
    outputs = _outputs()
    pooled, expected = _pooled(outputs, chunk), _expected(outputs)
    torch.testing.assert_close(pooled, expected)
    torch.testing.assert_close(
        torch.autograd.grad(pooled.square().sum(), outputs),
        torch.autograd.grad(expected.square().sum(), outputs),
    )


def test_what_does_not_count_leaves_no_trace() -> None:
    outputs = _outputs()
    spoilt = outputs.detach().clone()
    for row, (first, length) in enumerate(zip(FIRST, LENGTHS, strict=True)):
        spoilt[row, :first] = torch.nan
        spoilt[row, length:] = torch.inf
    torch.testing.assert_close(_pooled(spoilt, 3), _pooled(outputs, 3))


def test_the_pools_take_their_type_from_what_they_are_like() -> None:
    pool = Pool.empty(2, 3, torch.zeros(1, dtype=torch.float64))
    assert {part.dtype for part in pool} == {torch.float64}
    assert pool.largest.tolist() == [[-torch.inf] * 3] * 2
    assert pool.count.tolist() == [[0.0], [0.0]]
