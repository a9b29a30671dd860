"""Batches whose length is drawn anew for each step, as in the AWD-LSTM paper."""

import itertools

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.batches.test_contiguous import CountingArray, as_lists, numbered
from ulmus.batches import ContiguousBatches
from ulmus.batches.contiguous import IDS_IN_A_LINE
from ulmus.batches.sequence_lengths import fixed_ends, varied_ends


def lengths_one_by_one(row_length, full, seed, epoch):
    """Draw the lengths as the paper tells it, one after the other, from the same generator."""
    generator = np.random.default_rng((seed, epoch, 1))
    lengths = []
    while sum(lengths) < row_length:
        tosses = [generator.random() for _ in range(1024)]
        for toss in tosses:
            base = full if toss < 0.95 else full / 2
            lengths.append(max(5, round(base + 5 * generator.standard_normal())))
    while sum(lengths[:-1]) >= row_length:
        lengths.pop()
    lengths[-1] = row_length - sum(lengths[:-1])
    return lengths


@pytest.mark.parametrize("full", [70, 16, 33, 3])
@pytest.mark.parametrize("row_length", [1, 5, 6, 71, 3_000, 90_000])
@pytest.mark.parametrize(("seed", "epoch"), [(0, 0), (4, 7)])
def test_lengths_are_those_of_the_description(row_length, full, seed, epoch):
    ends = varied_ends(row_length, full, seed=seed, epoch=epoch)
    expected = lengths_one_by_one(row_length, full, seed, epoch)
    assert np.diff(ends, prepend=0).tolist() == expected
    assert ends[-1] == row_length


def test_lengths_are_distributed_as_in_the_paper():
    ends = varied_ends(4_000_000, 70, seed=1, epoch=0)
    lengths = np.diff(ends, prepend=0)[:-1]
    long = lengths[lengths > 52]  # 3.5 deviations from either centre
    short = lengths[lengths <= 52]
    count = len(lengths)
    assert count > 55_000
    assert len(short) / count == pytest.approx(0.05, abs=4 * np.sqrt(0.05 * 0.95 / count))
    assert long.mean() == pytest.approx(70, abs=4 * 5 / np.sqrt(len(long)))
    assert short.mean() == pytest.approx(35, abs=4 * 5 / np.sqrt(len(short)))
    for part in (long, short):  # a rounded normal has the variance of rounding beside its own
        assert part.std() == pytest.approx(np.sqrt(25 + 1 / 12), rel=0.04)
    within = np.abs(long - 70) <= 5  # between -5.5 and 5.5: erf(1.1 / sqrt(2))
    assert within.mean() == pytest.approx(0.7287, abs=0.01)


def test_no_length_is_below_five_but_the_last():
    lengths = np.diff(varied_ends(100_000, 8, seed=0, epoch=0), prepend=0)
    assert lengths[:-1].min() == 5
    assert (lengths == 5).mean() > 0.2  # half of 8 lies below it


def test_lengths_do_not_depend_on_how_much_there_is_to_cover():
    long = varied_ends(200_000, 70, seed=3, epoch=2)
    for row_length in (10, 500, 100_000):
        short = varied_ends(row_length, 70, seed=3, epoch=2)
        assert short[:-1].tolist() == long[: len(short) - 1].tolist()


def test_fixed_ends_are_evenly_spaced():
    assert fixed_ends(10, 4).tolist() == [4, 8, 10]
    assert fixed_ends(8, 4).tolist() == [4, 8]
    assert fixed_ends(3, 4).tolist() == [3]


def varied(documents, **rest):
    given = {"batch_size": 3, "sequence_length": 12, "shuffle": False, **rest}
    return ContiguousBatches(documents, vary_sequence_length=True, **given)


@settings(max_examples=60, deadline=None)
@given(
    lengths=st.lists(st.integers(0, 60), min_size=4, max_size=30).filter(lambda s: sum(s) > 10),
    batch_size=st.integers(1, 7),
    sequence_length=st.integers(1, 40),
    backward=st.booleans(),
    epoch=st.integers(0, 3),
)
def test_each_token_is_predicted_once_and_rows_go_on(
    lengths, batch_size, sequence_length, backward, epoch
):
    documents = numbered(lengths)
    rest = {"batch_size": batch_size, "backward": backward, "shuffle": True, "seed": 5}
    (whole,) = ContiguousBatches(documents, sequence_length=10_000, **rest).batches(epoch)

    batches = list(varied(documents, sequence_length=sequence_length, **rest).batches(epoch))

    assert torch.equal(torch.cat([batch.tokens for batch in batches], 1), whole.tokens)
    assert torch.equal(torch.cat([batch.targets for batch in batches], 1), whole.targets)
    assert {batch.tokens.shape[1] >= 5 for batch in batches[:-1]} <= {True}


def test_every_epoch_has_lengths_of_its_own_and_the_seed_repeats_them():
    def lengths(seed, epoch):
        return [b.tokens.shape[1] for b in varied(numbered([600]), seed=seed).batches(epoch)]

    assert lengths(0, 0) == lengths(0, 0)
    assert len({tuple(lengths(seed, epoch)) for seed in (0, 1) for epoch in range(3)}) == 6


def test_the_order_of_documents_is_that_of_fixed_lengths():
    documents = numbered([7] * 60)
    fixed = ContiguousBatches(documents, batch_size=1, shuffle=True, seed=4)
    rest = {"batch_size": 1, "shuffle": True, "seed": 4, "sequence_length": 70}
    streams = [
        torch.cat([b.tokens for b in batches.batches(2)], 1)
        for batches in (fixed, varied(documents, **rest))
    ]
    assert torch.equal(*streams)


def test_an_epoch_may_begin_at_any_step():
    batches = varied(numbered([40] * 30), shuffle=True, seed=2)
    for epoch in (0, 1):
        whole = as_lists(batches.batches(epoch))
        assert len(whole) > 20
        for step in (0, 1, 7, len(whole) - 1, len(whole)):
            assert as_lists(batches.batches(epoch, start_step=step)) == whole[step:]


def test_shares_of_the_rate_are_lengths_by_the_full_one():
    batches = varied(numbered([40] * 30), sequence_length=16)
    for epoch in range(3):
        lengths = [batch.tokens.shape[1] for batch in batches.batches(epoch)]
        assert batches.rate_shares(epoch).tolist() == [length / 16 for length in lengths]
    assert batches.step_count == len(batches) == len(batches.rate_shares(0))
    assert len({len(batches.rate_shares(epoch)) for epoch in range(20)}) > 1
    fixed = ContiguousBatches(numbered([100]), batch_size=3, sequence_length=16, shuffle=False)
    assert fixed.rate_shares(4).tolist() == [1.0, 1.0, 1.0]  # though the last one is short


def test_a_batch_gathers_its_own_tokens_whatever_the_size_of_the_corpus():
    gathered = []
    for copies in (1, 100):
        documents = numbered([50] * 20 * copies)
        counting = CountingArray(documents.ids)
        batches = varied(documents._replace(ids=counting), batch_size=4, shuffle=True)
        steps = [0, 9]
        lengths = [next(batches.batches(0, start_step=s)).tokens.shape[1] for s in steps]
        sizes = [4 * (length + 1) for length in lengths]
        assert counting.gathered == sum(size + -(-size // IDS_IN_A_LINE) for size in sizes)
        gathered.append(lengths)
    assert gathered[0] == gathered[1]


def test_targets_follow_their_tokens_across_batches():
    batches = list(varied(numbered([500])).batches(0))
    for one, other in itertools.pairwise(batches):
        assert torch.equal(one.targets[:, -1], other.tokens[:, 0])
        assert torch.equal(one.targets[:, :-1], one.tokens[:, 1:])
