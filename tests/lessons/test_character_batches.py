"""Both ways to cut a text into batches, by what lies in them."""

import pytest
import torch

from ulmus.lessons.character_batches import random_batches, sequential_batches


def generator(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@pytest.mark.parametrize("seed", range(5))
def test_sequential_rows_go_on_in_the_next_batch(seed: int) -> None:
    batches = list(sequential_batches(torch.arange(400), 4, 7, generator(seed)))
    assert len(batches) == 13 or len(batches) == 14
    starts = batches[0][0][:, 0]
    assert 0 <= starts[0] <= 7
    assert len(set((starts[1:] - starts[:-1]).tolist())) == 1
    for k, (tokens, targets) in enumerate(batches):
        assert tokens.equal(starts[:, None] + 7 * k + torch.arange(7))
        assert targets.equal(tokens + 1)


@pytest.mark.parametrize("seed", range(5))
def test_random_windows_cover_the_text_without_overlap(seed: int) -> None:
    batches = list(random_batches(torch.arange(400), 4, 7, generator(seed)))
    assert len(batches) == 14
    tokens = torch.cat([tokens for tokens, _ in batches])
    assert tokens.equal(tokens[:, :1] + torch.arange(7))
    assert torch.cat([targets for _, targets in batches]).equal(tokens + 1)
    starts = tokens[:, 0].tolist()
    assert len(set(starts)) == len(starts)
    assert len({start % 7 for start in starts}) == 1
    assert starts != sorted(starts)
