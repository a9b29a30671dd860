"""Batches of a stream: text is cut into rows, and each batch goes on where the last one ended.

A language model learns from text without labels: x is the text, y is the same text one token
later. Recurrent models read it in order, many rows side by side, a few columns at a time; what
they remember of a row at the end of one batch is what they need at the beginning of the next.
"""

import string
from collections.abc import Iterator, Sequence
from itertools import islice

import numpy as np
import torch
from torch import Tensor

from ulmus.batches import ContiguousBatches, EncodedDocuments
from ulmus.lessons.frame import (
    Check,
    Figures,
    Lesson,
    LessonSettings,
    Question,
    Shown,
    gradients,
    same,
    weighed,
)
from ulmus.nn.lstm import LstmLayer

Window = tuple[Tensor, Tensor]
"""Tokens x and, one place later, y: (T,) each."""

LETTERS = string.ascii_uppercase[:19]
"""A to R, and the S that follows R."""

TOKENS, BATCH, STEPS = 4000, 8, 16


def windows(stream: Tensor, length: int) -> list[Window]:
    """Cut a stream into windows that do not overlap, each with its targets.

    Shapes:
        stream: (N,) int64.
    """
    starts = range(0, len(stream) - length, length)
    return [
        (stream[start : start + length], stream[start + 1 : start + length + 1]) for start in starts
    ]


def group_chunks(items: Sequence[Window], batch_size: int) -> list[Window]:
    """Reorder windows so that every batch of `batch_size` goes on where the one before ended.

    The windows are dealt to `batch_size` rows, one long stretch each. Batch k then takes the kth
    window of every row. Windows that fill no row are left out.
    """
    row_length = len(items) // batch_size
    return [items[row * row_length + k] for k in range(row_length) for row in range(batch_size)]


def stream_batches(stream: Tensor, batch_size: int, steps: int) -> Iterator[Window]:
    """Yield the batches of a stream, without ever making windows.

    Shapes:
        stream: (N,) int64; yielded: (B, T) each, the last ones shorter.
    """
    row_length = (len(stream) - 1) // batch_size  # the last token is nothing but a target
    used = batch_size * row_length
    tokens = stream[:used].view(batch_size, row_length)  # (B, row)
    targets = stream[1 : used + 1].view(batch_size, row_length)
    for first in range(0, row_length, steps):
        yield tokens[:, first : first + steps], targets[:, first : first + steps]


def library_batches(stream: Tensor, batch_size: int, steps: int) -> list[Window]:
    """Return what the library makes of the same stream."""
    documents = EncodedDocuments.join([stream.numpy()])
    made = ContiguousBatches(documents, batch_size=batch_size, sequence_length=steps, shuffle=False)
    return [(batch.tokens, batch.targets) for batch in made.batches(0)]


def run(settings: LessonSettings) -> Iterator[Shown]:
    """Cut letters into batches, then a longer stream, and carry a state through it."""
    stream = torch.arange(len(LETTERS))
    batches = list(stream_batches(stream, 3, 2))
    yield (
        "The tokens A to R in three rows, two columns at a time. Each row of a batch goes on in "
        "the same row of the next one: AB, CD, EF. y is x one token later, so the R at the end "
        "needs an S to be predicted; the books' example leaves it out."
    )
    rows = [(k + 1, _shown(x), _shown(y)) for k, (x, y) in enumerate(batches)]
    yield Figures("Batches of A..R", ("batch", "x", "y"), rows)
    yield (
        "The other way round: cut windows first, then deal them. Left as they are, windows come "
        "one below the other, and row 1 of batch 2 has nothing to do with row 1 of batch 1. "
        "group_chunks deals them so that it goes on there."
    )
    letters = windows(stream, 2)
    dealt = group_chunks(letters, 3)
    yield Figures(
        "x of the first two batches",
        ("order", "batch 1", "batch 2"),
        [("as cut", *_first_two(letters)), ("group_chunks", *_first_two(dealt))],
    )
    generator = torch.Generator().manual_seed(settings.seed)
    stream = torch.randint(50, (TOKENS,), generator=generator)
    yield from _state_goes_on(stream)
    yield from _checks(batches, stream)


def _state_goes_on(stream: Tensor) -> Iterator[Shown]:
    yield (
        "So the state of a recurrent layer may be carried from batch to batch: reading the "
        "batches one by one, state handed on, gives what reading each row in one go gives. In "
        "another order, the state that is handed on belongs to another place of the text."
    )
    torch.manual_seed(0)
    layer = LstmLayer(50, 6).double()
    in_order = list(stream_batches(stream[: BATCH * 4 * STEPS + 1], BATCH, STEPS))
    whole, _ = layer(_one_hot(torch.cat([x for x, _ in in_order], 1)))
    carried = torch.cat(_read(layer, in_order), 1)
    shuffled = [in_order[k] for k in (0, 2, 1, 3)]
    read = _read(layer, shuffled)
    wrong = torch.cat([read[k] for k in (0, 2, 1, 3)], 1)
    off = (wrong - whole).abs().amax((0, 2)).view(4, STEPS).amax(1).tolist()
    yield Figures(
        "Largest error of the outputs, batches 2 and 3 exchanged",
        ("batch 1", "batch 2", "batch 3", "batch 4"),
        [off],
    )
    parameters = list(layer.parameters())
    yield same("State handed on gives the outputs of whole rows", carried, whole)
    yield same(
        "and their gradients, as long as the state is not detached",
        gradients(weighed(carried), parameters),
        gradients(weighed(whole), parameters),
    )


def _checks(letters: Sequence[Window], stream: Tensor) -> Iterator[Check]:
    x = ", ".join(_shown(x) for x, _ in letters)
    yield Check("A..R gives the books' three batches", x == "AB/GH/MN, CD/IJ/OP, EF/KL/QR", x)
    built = list(stream_batches(stream, BATCH, STEPS))
    yield same(
        f"{len(built)} batches equal the library's ContiguousBatches",
        [part for pair in built for part in pair],
        [part for pair in library_batches(stream, BATCH, STEPS) for part in pair],
        tolerance=0,
    )
    items = windows(stream, STEPS)
    dealt = group_chunks(items, BATCH)
    used = stream[: len(dealt) * STEPS + 1]  # what is left when no row is cut short
    yield same(
        "Windows that group_chunks dealt are the same batches again",
        [torch.stack(part) for part in zip(*dealt, strict=True)],
        [torch.cat(part) for part in zip(*library_batches(used, BATCH, STEPS), strict=True)],
        tolerance=0,
    )


def _read(layer: LstmLayer, batches: Sequence[Window]) -> list[Tensor]:
    """Return the outputs of each batch, (B, T, H), the state handed from one to the next."""
    state, outputs = None, []
    for x, _ in batches:
        output, state = layer(_one_hot(x), state)
        outputs.append(output)
    return outputs


def _one_hot(tokens: Tensor) -> Tensor:
    return torch.nn.functional.one_hot(tokens, 50).double()  # (B, T, V)


def _shown(tokens: Tensor) -> str:
    return "/".join("".join(LETTERS[token] for token in row) for row in tokens.tolist())


def _first_two(items: Sequence[Window]) -> list[str]:
    batches = [items[:3], items[3:6]]
    return [_shown(torch.stack([x for x, _ in batch])) for batch in batches]


def why_shifted() -> str:
    """Show what is learned from one row."""
    x, y = next(stream_batches(torch.arange(len(LETTERS)), 1, 5))
    pairs = zip(x[0].tolist(), y[0].tolist(), strict=True)
    read = [f"after {LETTERS[: a + 1]} comes {LETTERS[b]}" for a, b in pairs]
    return f"Each position is an example of its own: {'; '.join(read)}."


def rows_of_eighteen() -> str:
    """Count what eighteen letters give without the S."""
    rows = [_shown(x) for x, _ in stream_batches(torch.arange(18), 3, 2)]
    return (
        f"No: without a token after R there are 17 targets, 17 // 3 = 5 a row, and the batches "
        f"are {', '.join(rows)}. The notes draw rows of six, for which 19 tokens are needed."
    )


def left_out() -> str:
    """Count tokens that no batch holds."""
    counts = [1000, 63_095]
    lost = [count - 1 - 64 * ((count - 1) // 64) for count in counts]
    told = [f"{n} of {count:,}" for n, count in zip(lost, counts, strict=True)]
    return f"Fewer than there are rows. With 64 rows: {' and '.join(told)} are never a target."


def what_shuffling_does() -> str:
    """Show the order in which five documents are joined, in two epochs."""
    documents = EncodedDocuments.join([np.full(2, n) for n in range(1, 6)])
    batches = ContiguousBatches(documents, batch_size=1, sequence_length=9, shuffle=True)
    orders = [next(islice(batches.batches(epoch), 1)).tokens[0].tolist() for epoch in (0, 1)]
    return (
        "Documents may be: they are joined in a new order each epoch, here "
        + " and ".join("".join(map(str, order)) for order in orders)
        + ". Within a document the order is what is to be learned."
    )


LESSON = Lesson(
    run,
    (
        Question("Why is y the text one token later?", why_shifted),
        Question("Do the eighteen letters A to R alone give the three batches?", rows_of_eighteen),
        Question("How many tokens of a stream are never a target?", left_out),
        Question("May language-model text be shuffled?", what_shuffling_does),
    ),
)
