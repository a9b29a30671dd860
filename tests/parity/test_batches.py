"""Streams and length buckets hold what fastai's loaders hold."""

from typing import Any

import numpy as np
import pytest

from tests.parity.reading import read_json
from ulmus.batches.contiguous import ContiguousBatches
from ulmus.batches.documents import EncodedDocuments
from ulmus.batches.length_buckets import LengthBuckets

REFERENCE = read_json("batches")
STREAMS = REFERENCE["streams"]
BATCH_SIZE = 4
ONE_BLOCK = 50 * BATCH_SIZE
EPOCHS = 20

Orders = list[list[list[int]]]
"""For each epoch, for each batch, the indices of its documents."""


def _documents(lengths: list[int]) -> EncodedDocuments:
    """Return documents whose ids are 0, 1, 2 ... throughout."""
    ends = np.cumsum(lengths)
    return EncodedDocuments.join(
        [np.arange(end - n, end) for end, n in zip(ends, lengths, strict=True)]
    )


def _batches(case: dict[str, Any]) -> list[dict[str, Any]]:
    stream = ContiguousBatches(
        _documents(case["lengths"]),
        batch_size=case["batch_size"],
        sequence_length=case["sequence_length"],
        backward=case["backward"],
        shuffle=False,
    )
    made = [{"x": b.tokens.tolist(), "y": b.targets.tolist()} for b in stream.batches(epoch=0)]
    assert len(made) == stream.step_count
    return made


@pytest.mark.parametrize("case", STREAMS, ids=range(len(STREAMS)))
def test_every_batch_of_a_stream_is_the_reference_s(case: dict[str, Any]) -> None:
    assert _batches(case) == case["batches"]


def test_the_streams_cover_both_directions_and_short_last_steps() -> None:
    def short(case: dict[str, Any]) -> bool:
        return len(case["batches"][-1]["x"][0]) < min(
            case["sequence_length"], len(case["batches"][0]["x"][0])
        )

    assert sum(map(short, STREAMS)) > 20
    assert sum(case["backward"] for case in STREAMS) == 30


def test_the_letters_of_the_notes() -> None:
    case = STREAMS[0]
    letters = np.array([*"ABCDEFGHIJKLMNOPQRS"])

    def read(ids: list[list[int]]) -> str:
        return "/".join("".join(letters[row]) for row in ids)

    assert [(read(b["x"]), read(b["y"])) for b in _batches(case)] == [
        ("AB/GH/MN", "BC/HI/NO"),
        ("CD/IJ/OP", "DE/JK/PQ"),
        ("EF/KL/QR", "FG/LM/RS"),
    ]


@pytest.mark.parametrize("case", REFERENCE["evaluation_orders"], ids=lambda c: len(c["lengths"]))
def test_evaluation_order(case: dict[str, Any]) -> None:
    buckets = LengthBuckets(_documents(case["lengths"]), batch_size=BATCH_SIZE, training=False)
    order = [batch.indices.tolist() for batch in buckets.batches()]
    assert [index for batch in order for index in batch] == case["order"]
    assert {len(batch) for batch in order[:-1]} <= {BATCH_SIZE}


# Training orders are drawn, by another generator here than there. So what the reference's
# orders have in common is told once, and asked of both.


def _reference_orders(case: dict[str, Any]) -> Orders:
    count = case["batches"]
    return [
        [order[i * BATCH_SIZE : (i + 1) * BATCH_SIZE] for i in range(count)]
        for order in case["orders"]
    ]


def _own_orders(case: dict[str, Any]) -> Orders:
    buckets = LengthBuckets(_documents(case["lengths"]), batch_size=BATCH_SIZE, training=True)
    assert buckets.step_count == case["batches"]
    return [[batch.indices.tolist() for batch in buckets.batches(epoch)] for epoch in range(EPOCHS)]


@pytest.mark.parametrize("orders_of", [_reference_orders, _own_orders])
@pytest.mark.parametrize(
    "case",
    [case for case in REFERENCE["training_orders"] if case["batches"]],
    ids=lambda c: len(c["lengths"]),
)
def test_training_order(case: dict[str, Any], orders_of: Any) -> None:
    lengths = case["lengths"]
    for order in orders_of(case):
        indices = [index for batch in order for index in batch]
        assert len(set(indices)) == len(indices) == case["batches"] * BATCH_SIZE
        assert lengths[order[0][0]] == max(lengths)
        sizes = [[lengths[index] for index in batch] for batch in order]
        assert all(batch == sorted(batch, reverse=True) for batch in sizes)
        if len(lengths) <= ONE_BLOCK:  # sorted as a whole, before the batches were shuffled
            sizes.sort(reverse=True)
            joined = [length for batch in sizes for length in batch]
            assert joined == sorted(joined, reverse=True)


def test_the_batches_after_the_first_are_shuffled() -> None:
    case = REFERENCE["training_orders"][-2]
    for orders in (_reference_orders(case), _own_orders(case)):
        firsts = [[case["lengths"][batch[0]] for batch in order] for order in orders]
        assert all(first != sorted(first, reverse=True) for first in firsts)
        assert len({tuple(first) for first in firsts}) == len(firsts)


def test_what_fills_no_batch_differs_from_the_reference_on_purpose() -> None:
    case = REFERENCE["training_orders"][4]  # 17 documents, of which 16 fill batches
    lengths = case["lengths"]

    def left_out(orders: Orders) -> list[int]:
        everything = set(range(len(lengths)))
        return [
            lengths[index]
            for order in orders
            for index in everything - {i for batch in order for i in batch}
        ]

    assert set(left_out(_reference_orders(case))) == {min(lengths)}
    assert len(set(left_out(_own_orders(case)))) > 3
