"""fastai's batches: streams for language models, documents by length for classifiers."""

import random
from itertools import accumulate
from typing import Any

import numpy as np
from fastai.text.all import LMDataLoader, SortedDL, reverse_text, tensor

from tests.parity.reference.writing import write_json

NOTES_EXAMPLE = {"lengths": [19], "batch_size": 3, "sequence_length": 2}
"""The letters A..R, and one more to follow the last."""

AWKWARD = [
    {"lengths": [2], "batch_size": 1, "sequence_length": 1},
    {"lengths": [5], "batch_size": 4, "sequence_length": 72},
    {"lengths": [5], "batch_size": 2, "sequence_length": 2},
    {"lengths": [1] * 40, "batch_size": 3, "sequence_length": 4},
    {"lengths": [30, 1, 1, 30], "batch_size": 5, "sequence_length": 7},
    {"lengths": [64, 64, 65], "batch_size": 64, "sequence_length": 1},
    {"lengths": [12, 13], "batch_size": 4, "sequence_length": 6},
    {"lengths": [100, 45], "batch_size": 2, "sequence_length": 72},
]
EPOCHS_OF_ORDERS = 3


def make() -> None:
    """Write every batch of some dozens of small streams, and the orders of some length lists."""
    draw = random.Random(3)
    cases = [NOTES_EXAMPLE, *AWKWARD, *(_random_case(draw) for _ in range(60))]
    facts = [{**case, **_stream(**case)} for case in cases]
    facts += [{**case, **_stream(**case, backward=True)} for case in cases[:30]]
    write_json(
        "batches",
        {
            "streams": facts,
            "evaluation_orders": [_evaluation_order(lengths) for lengths in _length_lists(draw)],
            "training_orders": [_training_order(lengths) for lengths in _length_lists(draw)],
        },
    )


def _random_case(draw: random.Random) -> dict[str, Any]:
    while True:
        lengths = [draw.randint(1, 40) for _ in range(draw.randint(1, 9))]
        batch_size = draw.randint(1, 8)
        if sum(lengths) > batch_size:
            return {
                "lengths": lengths,
                "batch_size": batch_size,
                "sequence_length": draw.randint(1, 20),
            }


def _stream(
    lengths: list[int], batch_size: int, sequence_length: int, *, backward: bool = False
) -> dict[str, Any]:
    """Return all batches; the ids of the documents are 0, 1, 2 ... throughout."""
    ends = list(accumulate(lengths))
    documents = [tensor(range(end - n, end)) for end, n in zip(ends, lengths, strict=True)]
    if backward:
        documents = [reverse_text(document) for document in documents]
    loader = LMDataLoader(documents, bs=batch_size, seq_len=sequence_length, shuffle=False)
    batches = [{"x": x.tolist(), "y": y.tolist()} for x, y in loader]
    return {"backward": backward, "batches": batches}


def _length_lists(draw: random.Random) -> list[list[int]]:
    few = [[1], [3, 3, 3, 3], [1, 2, 3, 4, 5], [5, 4, 4, 9, 9, 1, 4]]
    some = [[draw.randint(1, 12) for _ in range(count)] for count in (17, 40, 111)]
    many = [draw.randint(1, 400) for _ in range(430)]
    return [*few, *some, many]


def _sorted_loader(lengths: list[int], batch_size: int, *, training: bool) -> SortedDL:
    dataset = [(tensor([5] * length), 0) for length in lengths]
    return SortedDL(dataset, bs=batch_size, shuffle=training, drop_last=training, num_workers=0)


def _evaluation_order(lengths: list[int]) -> dict[str, Any]:
    loader = _sorted_loader(lengths, 4, training=False)
    return {"lengths": lengths, "order": [int(index) for index in loader.get_idxs()]}


def _training_order(lengths: list[int]) -> dict[str, Any]:
    """Return the orders of some epochs, incomplete last batches still at their end."""
    loader = _sorted_loader(lengths, 4, training=True)
    np.random.seed(len(lengths))  # noqa: NPY002 - where the reference draws from
    orders = [[int(index) for index in loader.get_idxs()] for _ in range(EPOCHS_OF_ORDERS)]
    return {"lengths": lengths, "batches": len(loader), "orders": orders}
