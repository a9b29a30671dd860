import itertools
import string

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from ulmus.batches import ContiguousBatches, EncodedDocuments
from ulmus.batches.contiguous import IDS_IN_A_LINE
from ulmus.errors import CorpusError


class CountingArray:
    """An array that remembers how many elements were asked of it."""

    def __init__(self, values):
        self.values = values
        self.gathered = 0

    def __getitem__(self, index):
        self.gathered += np.size(index)
        return self.values[index]


def numbered(lengths):
    """Documents whose ids, joined, count from 0: an id says where it was."""
    borders = np.cumsum([0, *lengths])
    return EncodedDocuments.join([np.arange(a, b) for a, b in itertools.pairwise(borders)])


def letters(tensor):
    return ["".join(string.ascii_uppercase[i] for i in row) for row in tensor.tolist()]


def naive(stream, batch_size, sequence_length):
    """The batches of a stream of ids, written down as in the description."""
    row_length = (len(stream) - 1) // batch_size
    for first in range(0, row_length, sequence_length):
        length = min(sequence_length, row_length - first)
        begins = [row * row_length + first for row in range(batch_size)]
        yield (
            [stream[begin : begin + length] for begin in begins],
            [stream[begin + 1 : begin + length + 1] for begin in begins],
        )


def as_lists(batches):
    return [(batch.tokens.tolist(), batch.targets.tolist()) for batch in batches]


def test_the_books_example_of_three_rows():
    # Eighteen letters A to R are read; the nineteenth is only ever a target.
    batches = ContiguousBatches(numbered([4, 7, 8]), batch_size=3, sequence_length=2, shuffle=False)

    read = [(letters(batch.tokens), letters(batch.targets)) for batch in batches.batches(0)]

    assert read == [
        (["AB", "GH", "MN"], ["BC", "HI", "NO"]),
        (["CD", "IJ", "OP"], ["DE", "JK", "PQ"]),
        (["EF", "KL", "QR"], ["FG", "LM", "RS"]),
    ]


@settings(max_examples=150, deadline=None)
@given(
    lengths=st.lists(st.integers(0, 20), min_size=1, max_size=30),
    batch_size=st.integers(1, 7),
    sequence_length=st.integers(1, 9),
    backward=st.booleans(),
)
def test_batches_equal_those_of_the_joined_stream(lengths, batch_size, sequence_length, backward):
    documents = numbered(lengths)
    parts = [documents.ids[a:b] for a, b in zip(documents.starts, documents.ends, strict=True)]
    stream = np.concatenate([part[::-1] if backward else part for part in parts]).tolist()
    if len(stream) - 1 < batch_size:
        with pytest.raises(CorpusError):
            ContiguousBatches(documents, batch_size=batch_size, shuffle=False)
        return

    batches = ContiguousBatches(
        documents,
        batch_size=batch_size,
        sequence_length=sequence_length,
        shuffle=False,
        backward=backward,
    )

    expected = list(naive(stream, batch_size, sequence_length))
    assert as_lists(batches.batches(0)) == expected
    assert len(batches) == batches.step_count == len(expected)
    assert batches.token_count == sum(len(row) for rows, _ in expected for row in rows)


def test_the_last_step_is_shorter():
    batches = ContiguousBatches(numbered([24]), batch_size=2, sequence_length=4, shuffle=False)

    assert [batch.tokens.shape for batch in batches.batches(0)] == [(2, 4), (2, 4), (2, 3)]


def test_shuffled_batches_are_those_of_the_documents_in_another_order():
    documents = numbered([3, 5, 1, 7, 4])
    batches = ContiguousBatches(documents, batch_size=1, sequence_length=100, shuffle=True, seed=2)

    (batch,) = batches.batches(0)

    stream = [*batch.tokens[0].tolist(), int(batch.targets[0, -1])]
    begins = documents.starts.tolist()
    order = [begins.index(token) for token in stream if token in begins]
    assert sorted(order) == [0, 1, 2, 3, 4]
    assert stream == [t for i in order for t in range(documents.starts[i], documents.ends[i])]


def test_each_epoch_has_its_own_order_and_the_seed_repeats_it():
    documents = numbered([2] * 50)

    def epoch(seed, number):
        batches = ContiguousBatches(documents, batch_size=2, shuffle=True, seed=seed)
        return as_lists(batches.batches(number))

    assert epoch(1, 0) == epoch(1, 0)
    assert epoch(1, 0) != epoch(1, 1)
    assert epoch(1, 0) != epoch(2, 0)


@pytest.mark.parametrize("backward", [False, True])
def test_a_start_step_continues_exactly(backward):
    batches = ContiguousBatches(
        numbered([9, 4, 17, 30, 2, 8]),
        batch_size=3,
        sequence_length=4,
        shuffle=True,
        backward=backward,
        seed=5,
    )

    whole = as_lists(batches.batches(7))

    for step in range(batches.step_count + 1):
        assert as_lists(batches.batches(7, start_step=step)) == whole[step:]


def test_a_batch_gathers_its_own_tokens_whatever_the_size_of_the_corpus():
    gathered = []
    for copies in (1, 100):
        documents = numbered([50] * 20 * copies)
        counting = CountingArray(documents.ids)
        batches = ContiguousBatches(
            documents._replace(ids=counting), batch_size=4, sequence_length=10, shuffle=True
        )
        next(batches.batches(0))
        next(batches.batches(0, start_step=batches.step_count // 2))
        gathered.append(counting.gathered)

    own = 4 * 11  # and a few of them twice, to fetch what lies around them
    assert gathered == [2 * (own + -(-own // IDS_IN_A_LINE))] * 2


def test_narrow_ids_become_int64():
    documents = numbered([30])._replace(ids=np.arange(30, dtype=np.uint16) + 65_500)

    (batch, *_) = ContiguousBatches(documents, batch_size=1, shuffle=False).batches(0)

    assert batch.tokens.dtype == batch.targets.dtype == torch.int64
    assert batch.tokens[0, :2].tolist() == [65_500, 65_501]


def test_too_large_a_batch_size_is_told_with_the_largest_that_fits():
    ContiguousBatches(numbered([4, 4]), batch_size=7, shuffle=False)

    with pytest.raises(CorpusError, match=r"8 tokens are too few .*: 8; accepted: at most 7"):
        ContiguousBatches(numbered([4, 4]), batch_size=8, shuffle=False)


@pytest.mark.parametrize("lengths", [[], [0], [1]])
def test_no_batch_size_fits_a_single_token(lengths):
    with pytest.raises(CorpusError, match=r"give more text"):
        ContiguousBatches(numbered(lengths), batch_size=1, shuffle=False)


@pytest.mark.parametrize("mean_length", [1, 10, 1_000])
def test_a_batch_looks_up_two_borders_a_row(monkeypatch, mean_length):
    looked_up = []
    search = np.searchsorted

    def counted(borders, positions, **arguments):
        looked_up.append(np.size(positions))
        return search(borders, positions, **arguments)

    monkeypatch.setattr(np, "searchsorted", counted)
    documents = numbered(np.random.default_rng(0).integers(0, 2 * mean_length + 1, 3_000))
    batches = ContiguousBatches(documents, batch_size=7, sequence_length=50, shuffle=True)
    read = list(itertools.islice(batches.batches(0), 5))
    assert looked_up == [2 * 7] * len(read)


@pytest.mark.parametrize("backward", [False, True])
@pytest.mark.parametrize("vary", [False, True])
def test_rows_laid_out_in_a_devices_memory_give_the_same_batches(backward, vary, monkeypatch):
    monkeypatch.setattr("ulmus.batches.contiguous.BLOCK_TOKENS", 40)

    def batches(laid_out_on):
        return ContiguousBatches(
            numbered([30, 5, 0, 81, 44]),
            batch_size=3,
            sequence_length=7,
            vary_sequence_length=vary,
            shuffle=True,
            backward=backward,
            laid_out_on=laid_out_on,
        )

    gathered, laid_out = batches(None), batches(torch.device("cpu"))
    for epoch, start in ((0, 0), (1, 2)):
        expected = as_lists(gathered.batches(epoch, start))
        assert as_lists(laid_out.batches(epoch, start)) == expected
    assert next(laid_out.batches(0)).tokens.dtype == torch.int64
