"""The rate that a few steps tell, and that nothing is changed by them."""

import time
from itertools import islice

import pytest
import torch

from tests.training.stand_ins import same, stage, trainer, weights
from ulmus.training.timing import tokens_per_second


@pytest.mark.parametrize("task", ["language model", "classifier"])
def test_a_copy_is_timed_and_nothing_else_is_touched(task):
    run = trainer(task, seed=5)
    before = {name: value.clone() for name, value in weights(run.model).items()}
    generator = torch.get_rng_state()
    found = tokens_per_second(run, stage())
    assert same(weights(run.model), before)
    assert torch.equal(torch.get_rng_state(), generator)
    assert all(parameter.grad is None for parameter in run.model.parameters())
    assert 10 < found < 10_000_000


def test_slow_steps_are_slow():
    run = trainer(seed=5)
    plain = run.objective

    def slow(*given):
        time.sleep(0.05)
        return plain(*given)

    run.objective = slow
    found = tokens_per_second(run, stage())
    batch = next(islice(run.train_batches.batches(0), 1))
    assert found < batch.tokens.numel() / 0.05
    assert found == pytest.approx(batch.tokens.numel() / 0.05, rel=0.5)
