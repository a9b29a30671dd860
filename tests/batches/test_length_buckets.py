import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from ulmus.batches import EncodedDocuments, LengthBuckets
from ulmus.errors import CorpusError, SettingsError

LENGTHS = st.lists(st.integers(0, 40), min_size=2, max_size=300)


def of_lengths(lengths):
    """Documents of which number i holds 100 * i + 10, 100 * i + 11 and so on."""
    return EncodedDocuments.join(
        [100 * i + 10 + np.arange(length) for i, length in enumerate(lengths)],
        [i % 3 for i in range(len(lengths))],
    )


def indices(batches):
    return [batch.indices.tolist() for batch in batches]


def test_documents_are_padded_on_the_right_with_their_true_lengths():
    documents = EncodedDocuments.join([np.array([7]), np.array([8, 9, 10])], [1, 0])

    (batch,) = LengthBuckets(documents, batch_size=2, training=False).batches()

    assert batch.tokens.tolist() == [[8, 9, 10], [7, 1, 1]]
    assert batch.lengths.tolist() == [3, 1]
    assert batch.targets is not None
    assert batch.targets.tolist() == [0, 1]
    assert batch.indices.tolist() == [1, 0]
    assert {tensor.dtype for tensor in batch} == {torch.int64}


def test_documents_without_labels_give_batches_without():
    (batch,) = LengthBuckets(
        EncodedDocuments.join([np.array([7])]), batch_size=2, training=False
    ).batches()

    assert batch.targets is None


def test_backward_reverses_each_document_before_it_is_padded():
    documents = EncodedDocuments.join([np.array([7, 8]), np.array([9, 10, 11])])

    (batch,) = LengthBuckets(documents, batch_size=2, training=False, backward=True).batches()

    assert batch.tokens.tolist() == [[11, 10, 9], [8, 7, 1]]


@pytest.mark.parametrize("backward", [False, True])
def test_a_document_without_tokens_is_read_as_one_padding_token(backward):
    documents = EncodedDocuments.join([np.array([], int), np.array([], int)])

    (batch,) = LengthBuckets(documents, batch_size=2, training=False, backward=backward).batches()

    assert batch.tokens.tolist() == [[1], [1]]
    assert batch.lengths.tolist() == [1, 1]


@settings(max_examples=60, deadline=None)
@given(lengths=LENGTHS, batch_size=st.integers(1, 9), budget=st.none() | st.integers(1, 200))
def test_evaluation_covers_every_document_longest_first(lengths, batch_size, budget):
    documents = of_lengths(lengths)
    buckets = LengthBuckets(documents, batch_size=batch_size, training=False, token_budget=budget)

    batches = list(buckets.batches())

    order = [i for batch in batches for i in batch.indices.tolist()]
    assert order == sorted(range(len(lengths)), key=lambda i: -lengths[i])
    assert len(buckets) == buckets.step_count == len(batches)
    for batch in batches:
        rows, columns = batch.tokens.shape
        assert rows <= batch_size
        assert budget is None or rows == 1 or rows * columns <= budget
        for i, row, length in zip(batch.indices, batch.tokens, batch.lengths, strict=True):
            assert int(length) == max(1, lengths[i])
            own = documents.ids[documents.starts[i] : documents.ends[i]].tolist()
            assert row.tolist() == own + [1] * (columns - len(own))


@settings(max_examples=60, deadline=None)
@given(lengths=LENGTHS, batch_size=st.integers(2, 9), seed=st.integers(0, 5))
def test_training_batches_are_complete_and_the_longest_comes_first(lengths, batch_size, seed):
    buckets = LengthBuckets(of_lengths(lengths), batch_size=batch_size, training=True, seed=seed)

    batches = indices(buckets.batches(epoch=1))

    seen = [i for batch in batches for i in batch]
    assert len(set(seen)) == len(seen)
    assert max(lengths) == max(lengths[i] for i in batches[0])
    assert len(buckets) == buckets.step_count == len(batches)
    if len(lengths) < batch_size:
        assert [len(batch) for batch in batches] == [len(lengths)]
    else:
        assert [len(batch) for batch in batches] == [batch_size] * (len(lengths) // batch_size)


def test_training_batches_are_slices_of_sorted_blocks_of_fifty_batches():
    lengths = np.random.default_rng(0).permutation(1000).tolist()
    buckets = LengthBuckets(of_lengths(lengths), batch_size=4, training=True)

    batches = [[lengths[i] for i in batch] for batch in indices(buckets.batches(epoch=0))]

    assert all(batch == sorted(batch, reverse=True) for batch in batches)
    # Documents of a batch are neighbours among the 200 of a block, not among four drawn.
    spans = [batch[0] - batch[-1] for batch in batches]
    assert np.mean(spans) < 40
    assert batches[1:] != sorted(batches[1:], reverse=True)
    assert batches[0][0] == 999


def test_each_epoch_has_its_own_order_and_the_seed_repeats_it():
    documents = of_lengths(range(60))

    def epoch(seed, number):
        buckets = LengthBuckets(documents, batch_size=4, training=True, seed=seed)
        return indices(buckets.batches(number))

    assert epoch(1, 0) == epoch(1, 0)
    assert epoch(1, 0) != epoch(1, 1)
    assert epoch(1, 0) != epoch(2, 0)


@pytest.mark.parametrize("training", [False, True])
def test_a_start_step_continues_exactly(training):
    buckets = LengthBuckets(of_lengths(range(50)), batch_size=4, training=training, seed=3)

    whole = indices(buckets.batches(2))

    for step in range(len(whole) + 1):
        assert indices(buckets.batches(2, start_step=step)) == whole[step:]


def test_one_document_is_no_training_set():
    with pytest.raises(CorpusError, match=r"too few documents to train on: 1; accepted: 2 or more"):
        LengthBuckets(of_lengths([3]), batch_size=4, training=True)


def test_training_in_batches_of_one_is_refused():
    with pytest.raises(SettingsError, match=r"batch size is too small .*: 1; accepted: 2 or more"):
        LengthBuckets(of_lengths([3, 4]), batch_size=1, training=True)


def test_a_token_budget_in_training_is_refused():
    with pytest.raises(SettingsError, match=r"a token budget in training"):
        LengthBuckets(of_lengths([3, 4]), batch_size=2, training=True, token_budget=100)


def test_every_document_is_learned_from_sooner_or_later():
    # Cut after sorting, the same shortest 31 of 63 documents would be left out for ever.
    documents = EncodedDocuments.join([np.arange(2, 3 + length) for length in range(63)])
    buckets = LengthBuckets(documents, batch_size=32, training=True, seed=0)
    seen = {
        int(i) for epoch in range(20) for batch in buckets.batches(epoch) for i in batch.indices
    }
    assert seen == set(range(63))
