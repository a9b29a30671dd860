"""Language-model batches: rows of one long stream, each batch going on where the last ended.

All documents are joined to one stream, which is cut into as many rows as the batch size; a
batch is the next few columns. So a model that carries its state from batch to batch reads
every row from its beginning to its end. The stream is never built: the documents in which a
batch's rows begin and end are looked up, two a row, those between them follow, and all ids are
gathered from the corpus in one step. So a batch costs the same whatever the corpus' size.
"""

import itertools
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from ulmus.batches.documents import Documents
from ulmus.batches.part import WHOLE, Part
from ulmus.batches.sequence_lengths import fixed_ends, varied_ends
from ulmus.errors import CorpusError

BLOCK_TOKENS = 1 << 22
"""Tokens that are gathered at once where an epoch is laid out: 32 MB."""

IDS_IN_A_LINE = 32
"""Of two bytes each, in 64."""


class StreamBatch(NamedTuple):
    """Some columns of the stream, and what follows each token.

    Shapes:
        tokens: (B, T) int64.
        targets: (B, T) int64; `targets[b, t]` is the token after `tokens[b, t]`.
    """

    tokens: torch.Tensor
    targets: torch.Tensor


class _Stream(NamedTuple):
    """One epoch's order of documents, as needed to find the ids at any positions."""

    borders: NDArray[np.int64]  # position in the stream where each document ends
    anchors: NDArray[np.int64]  # index in `ids` = anchor + direction * position
    direction: int


class ContiguousBatches:
    """The batches of a stream of documents, for truncated backpropagation through time.

    Args:
        documents: The documents.
        batch_size: The number of rows, in all parts together.
        sequence_length: The number of columns of a batch; an epoch's last one may have fewer.
        vary_sequence_length: Draw the number of columns anew for each batch, see
            `sequence_lengths.varied_ends`; for training only. An epoch still covers the rows.
        shuffle: Join the documents in a new order each epoch.
        backward: Read each document from its end to its beginning.
        seed: Order of documents and lengths of batches depend on it and on the epoch, on
            nothing else.
        laid_out_on: A device in whose memory each epoch's rows are laid out when it begins, at
            four bytes a token, so that a batch is a cut from them; for GPUs, which then wait for
            nothing from outside. None: each batch is gathered from the corpus.
        part: The rows that are yielded: the whole, or every row that one process owns.

    Raises:
        CorpusError: There are too few tokens for the batch size.
    """

    def __init__(
        self,
        documents: Documents,
        *,
        batch_size: int = 64,
        sequence_length: int = 72,
        vary_sequence_length: bool = False,
        shuffle: bool,
        backward: bool = False,
        seed: int = 0,
        laid_out_on: torch.device | None = None,
        part: Part = WHOLE,
    ) -> None:
        self._documents = documents
        self._part = part
        self._laid_out_on = laid_out_on
        self._lengths = documents.ends - documents.starts
        self._shuffle = shuffle
        self._backward = backward
        self._seed = seed
        self.batch_size = batch_size
        self.sequence_length = sequence_length
        self.vary_sequence_length = vary_sequence_length
        token_count = int(self._lengths.sum())
        self.row_length = max(0, token_count - 1) // batch_size  # the last token has no target
        if not self.row_length:
            raise CorpusError(
                f"{token_count} tokens are too few for the batch size",
                given=batch_size,
                accepted=f"at most {token_count - 1}" if token_count > 1 else "",
                remedy="Set a smaller batch_size, or give more text",
            )

    @property
    def step_count(self) -> int:
        """The number of batches in an epoch; in the first one where lengths vary."""
        return len(self._ends(0))

    def rate_shares(self, epoch: int) -> NDArray[np.float64]:
        """Return the share of the learning rate that each batch of an epoch is learned with.

        With varied lengths it is the batch's length by the full one: the loss is a mean over
        the batch, so tokens of short batches would count for more (paper, section 4.1).
        """
        ends = self._ends(epoch)
        if not self.vary_sequence_length:
            return np.ones(len(ends))
        return np.diff(ends, prepend=0) / self.sequence_length

    @property
    def token_count(self) -> int:
        """The number of targets in an epoch."""
        return self.batch_size * self.row_length

    def __len__(self) -> int:
        return self.step_count

    def batches(self, epoch: int, start_step: int = 0) -> Iterator[StreamBatch]:
        """Yield the batches of an epoch.

        Args:
            epoch: The number of the epoch, 0 first.
            start_step: The first batch to yield; those before it cost nothing.

        Yields:
            Each batch, continuing the rows of the one before.
        """
        stream = self._stream(epoch)
        own = np.array_split(np.arange(self.batch_size), self._part.parts)[self._part.rank]
        rows = own * self.row_length
        borders = [0, *self._ends(epoch).tolist()]
        laid_out = None if self._laid_out_on is None else self._laid_out(stream, rows)
        for first, last in itertools.pairwise(borders[start_step:]):
            if laid_out is None:
                window = torch.from_numpy(self._gather(stream, rows + first, last + 1 - first))
            else:
                window = laid_out[:, first : last + 1].long()
            yield StreamBatch(window[:, :-1].contiguous(), window[:, 1:].contiguous())

    def _ends(self, epoch: int) -> NDArray[np.int64]:
        if not self.vary_sequence_length:
            return fixed_ends(self.row_length, self.sequence_length)
        return varied_ends(self.row_length, self.sequence_length, seed=self._seed, epoch=epoch)

    def _stream(self, epoch: int) -> _Stream:
        count = self._lengths.size
        order = np.arange(count)
        if self._shuffle:
            order = np.random.default_rng((self._seed, epoch)).permutation(count)
        borders = np.cumsum(self._lengths[order])
        begins = borders - self._lengths[order]
        if self._backward:
            return _Stream(borders, self._documents.ends[order] - 1 + begins, -1)
        return _Stream(borders, self._documents.starts[order] - begins, 1)

    def _laid_out(self, stream: _Stream, rows: NDArray[np.int64]) -> torch.Tensor:
        """Return all rows of an epoch, each with the target of its last token: (B, L + 1)."""
        size = self.row_length + 1
        laid_out = torch.empty(rows.size, size, dtype=torch.int32, device=self._laid_out_on)
        step = max(1, BLOCK_TOKENS // max(1, rows.size))
        for first in range(0, size, step):
            columns = slice(first, min(first + step, size))
            part = self._gather(stream, rows + first, columns.stop - first)
            laid_out[:, columns] = torch.from_numpy(part).to(laid_out.device, torch.int32)
        return laid_out

    def _gather(self, stream: _Stream, starts: NDArray[np.int64], length: int) -> NDArray[np.int64]:
        """Return the ids of as many rows as there are starts, each of that length: (B, T + 1)."""
        spans = _spans(stream.borders, starts, length)
        positions = starts[:, None] + np.arange(length)
        anchors = np.repeat(stream.anchors[spans.documents], spans.lengths)
        indices = anchors + stream.direction * positions.reshape(-1)
        # One id of each line of the processor's cache first: these are fetched at the same time,
        # where ids one after the other wait for each line. 48 against 52 us a batch of 64 x 72 of
        # 200 million tokens, of which one of a million takes 42.
        _ = self._documents.ids[indices[::IDS_IN_A_LINE]]
        ids: NDArray[np.int64] = self._documents.ids[indices].astype(np.int64)
        return ids.reshape(positions.shape)


class _Spans(NamedTuple):
    """Rows of a stream as parts of documents, row by row."""

    documents: NDArray[np.int64]
    lengths: NDArray[np.int64]


def _spans(borders: NDArray[np.int64], starts: NDArray[np.int64], length: int) -> _Spans:
    """Return which documents rows are made of; two look-ups a row, whatever they hold.

    Args:
        borders: Position in the stream where each document ends, rising.
        starts: Where each row starts.
        length: Length of all rows.
    """
    ends = starts + length
    # The documents that hold a row's first and last position, and those between: some are empty.
    first, last = np.searchsorted(borders, np.stack([starts, ends - 1]), side="right")
    counts = last - first + 1
    row = np.repeat(np.arange(starts.size), counts)
    documents = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts - first, counts)
    until = np.minimum(borders[documents], ends[row])
    lengths = np.diff(until, prepend=0)
    begins = np.cumsum(counts) - counts
    lengths[begins] = until[begins] - starts
    return _Spans(documents, lengths)
