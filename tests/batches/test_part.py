"""The parts of a batch that several processes learn from are the batch."""

import itertools

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from ulmus.batches import ContiguousBatches, EncodedDocuments, LengthBuckets
from ulmus.batches.part import Part


@settings(max_examples=60, deadline=None)
@given(
    tokens=st.integers(20, 200),
    batch_size=st.integers(1, 9),
    parts=st.integers(1, 4),
    laid_out=st.booleans(),
)
def test_rows_of_the_stream_are_owned_from_batch_to_batch(tokens, batch_size, parts, laid_out):
    documents = EncodedDocuments.join([np.arange(tokens), np.arange(7)])
    how = {
        **{"batch_size": batch_size, "sequence_length": 5, "shuffle": True, "seed": 3},
        "laid_out_on": torch.device("cpu") if laid_out else None,
    }
    whole = ContiguousBatches(documents, **how)
    shares = [ContiguousBatches(documents, **how, part=Part(i, parts)) for i in range(parts)]

    for step, *each in zip(whole.batches(2), *(share.batches(2) for share in shares), strict=True):
        assert torch.equal(torch.cat([batch.tokens for batch in each]), step.tokens)
        assert torch.equal(torch.cat([batch.targets for batch in each]), step.targets)
    assert [len(batch.tokens) for batch in each] == [
        len(rows) for rows in np.array_split(np.arange(batch_size), parts)
    ]
    assert {len(share) for share in shares} == {len(whole)}


@settings(max_examples=60, deadline=None)
@given(
    lengths=st.lists(st.integers(0, 30), min_size=2, max_size=60),
    batch_size=st.integers(2, 9),
    parts=st.integers(1, 4),
)
def test_documents_are_dealt_out_two_or_more_at_a_time(lengths, batch_size, parts):
    documents = EncodedDocuments.join([np.arange(n) for n in lengths], [0] * len(lengths))
    how = {"batch_size": batch_size, "training": True, "seed": 5}
    shares = [LengthBuckets(documents, **how, part=Part(i, parts)) for i in range(parts)]
    whole = LengthBuckets(documents, **how)

    for step, *each in zip(whole.batches(1), *(share.batches(1) for share in shares), strict=True):
        dealt = [batch.indices.tolist() for batch in each]
        assert sorted(itertools.chain(*dealt)) == sorted(step.indices.tolist())
        assert all(len(own) != 1 for own in dealt)
        assert len(dealt[0]) >= 2  # the first process always learns
        assert [len(batch.tokens) for batch in each] == list(map(len, dealt))


def test_each_part_of_a_batch_is_as_long_as_the_others():
    documents = EncodedDocuments.join([np.arange(n) for n in range(1, 9)], [0] * 8)
    one, two = (
        next(LengthBuckets(documents, batch_size=8, training=True, part=Part(i, 2)).batches(0))
        for i in range(2)
    )

    assert one.lengths.tolist() == [8, 6, 4, 2]
    assert two.lengths.tolist() == [7, 5, 3, 1]


@pytest.mark.parametrize("rank", [0, 1])
def test_every_part_judges_all_documents(rank):
    documents = EncodedDocuments.join([np.arange(3)] * 5, [0] * 5)
    batches = LengthBuckets(documents, batch_size=2, training=False, part=Part(rank, 2))

    assert [len(batch.tokens) for batch in batches.batches()] == [2, 2, 1]
