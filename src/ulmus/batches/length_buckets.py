"""Classifier batches: documents of similar length together, padded on the right.

Each batch carries the true lengths, so that a model can ignore the padding and give a document
the same answer in any batch.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from ulmus.batches.documents import Documents
from ulmus.batches.part import WHOLE, Part
from ulmus.errors import CorpusError, SettingsError
from ulmus.text.special_tokens import PADDING_ID

BLOCK_BATCHES = 50
SMALLEST_TRAINING_BATCH = 2  # batch norm has no variance over one row

Indices = NDArray[np.int64]


class DocumentBatch(NamedTuple):
    """Whole documents, padded on the right to the longest.

    Shapes:
        tokens: (B, T) int64.
        lengths: (B,) int64, the true lengths; at least 1.
        targets: (B,) int64 classes, (B, C) bool tags or (B,) float64 numbers; None without
            labels.
        indices: (B,) int64, which documents these are.
    """

    tokens: torch.Tensor
    lengths: torch.Tensor
    targets: torch.Tensor | None
    indices: torch.Tensor


class LengthBuckets:
    """The batches of documents grouped by length.

    For evaluation, all documents, the longest first. For training, the longest document in the
    first batch, so that a shortage of memory shows at once; the others shuffled, sorted by
    length within blocks of 50 batches, the batches shuffled again, and what fills no batch
    left out of this epoch.

    Args:
        documents: The documents. One without tokens is read as a single padding token.
        batch_size: The number of documents in a batch, in all parts together.
        training: Shuffle, and leave the last, incomplete batch out.
        seed: The order depends on it and on the epoch, on nothing else.
        backward: Read each document from its end to its beginning.
        token_budget: In evaluation, the most tokens in a batch, padding included; a document
            that is longer has a batch to itself. None: no limit.
        part: In training, the documents of each batch that are yielded: all, or those of one
            process. A part has two documents or more, or none where there are too few for all.

    Raises:
        CorpusError: There are too few documents to train on.
        SettingsError: The batch size or the token budget does not go with training.
    """

    def __init__(
        self,
        documents: Documents,
        *,
        batch_size: int,
        training: bool,
        seed: int = 0,
        backward: bool = False,
        token_budget: int | None = None,
        part: Part = WHOLE,
    ) -> None:
        self._documents = documents
        self._part = part
        self._lengths = documents.ends - documents.starts
        self._seed = seed
        self._backward = backward
        self._training = training
        self.batch_size = batch_size
        self.token_budget = token_budget
        self._fixed_order: Sequence[Indices] = ()
        if training:
            self._check_training()
        else:
            self._fixed_order = self._evaluation_order()

    @property
    def document_count(self) -> int:
        """The number of documents, those left out of an epoch included."""
        return self._lengths.size

    @property
    def step_count(self) -> int:
        """The number of batches in an epoch."""
        if self._training:
            return max(1, self.document_count // self.batch_size)
        return len(self._fixed_order)

    def rate_shares(self, epoch: int) -> NDArray[np.float64]:  # noqa: ARG002 - all are alike
        """Return 1 for each batch of an epoch: all are learned with the whole learning rate."""
        return np.ones(self.step_count)

    def __len__(self) -> int:
        return self.step_count

    def batches(self, epoch: int = 0, start_step: int = 0) -> Iterator[DocumentBatch]:
        """Yield the batches of an epoch.

        Args:
            epoch: The number of the epoch, 0 first; without meaning in evaluation.
            start_step: The first batch to yield; those before it cost nothing.

        Yields:
            Each batch.
        """
        order = self._training_order(epoch) if self._training else self._fixed_order
        for indices in order[start_step:]:
            yield self._gather(self._own(indices) if self._training else indices)

    def _check_training(self) -> None:
        if self.document_count < SMALLEST_TRAINING_BATCH:
            raise CorpusError(
                "too few documents to train on",
                given=self.document_count,
                accepted=f"{SMALLEST_TRAINING_BATCH} or more",
                remedy="Give more labelled documents",
            )
        if self.batch_size < SMALLEST_TRAINING_BATCH:
            raise SettingsError(
                "the batch size is too small for a classifier's batch norm",
                given=self.batch_size,
                accepted=f"{SMALLEST_TRAINING_BATCH} or more",
                remedy="Set a larger batch_size",
            )
        if self.token_budget is not None:
            raise SettingsError(
                "a token budget in training, where every batch counts the same documents",
                given=self.token_budget,
                accepted="a token budget in evaluation",
                remedy="Set a smaller batch_size instead",
            )

    def _training_order(self, epoch: int) -> Sequence[Indices]:
        generator = np.random.default_rng((self._seed, epoch))
        order = generator.permutation(self.document_count)
        longest = int(np.argmax(self._lengths[order]))
        order[[0, longest]] = order[[longest, 0]]
        # Cut while the order is still one of chance: after sorting, the same shortest documents
        # would be left out of every epoch.
        complete = order.size // self.batch_size * self.batch_size
        order = order[: complete or order.size]
        block = self.batch_size * BLOCK_BATCHES
        blocks = [order[i : i + block] for i in range(0, order.size, block)]
        order = np.concatenate([self._longest_first(part) for part in blocks])
        if not complete:
            return [order]
        batches = order.reshape(-1, self.batch_size)
        # The first block holds the longest document, and its first batch begins with it.
        return [batches[0], *generator.permutation(batches[1:])]

    def _evaluation_order(self) -> Sequence[Indices]:
        order = self._longest_first(np.arange(self.document_count))
        batches, first = [], 0
        while first < order.size:
            rows = self.batch_size
            if self.token_budget is not None:
                longest = max(1, int(self._lengths[order[first]]))
                rows = min(rows, max(1, self.token_budget // longest))
            batches.append(order[first : first + rows])
            first += rows
        return batches

    def _longest_first(self, indices: Indices) -> Indices:
        return indices[np.argsort(-self._lengths[indices], kind="stable")]

    def _own(self, indices: Indices) -> Indices:
        """Return the documents of this part: taken in turn, so that all parts are as long."""
        parts = min(self._part.parts, max(1, indices.size // SMALLEST_TRAINING_BATCH))
        return indices[self._part.rank :: parts] if self._part.rank < parts else indices[:0]

    def _gather(self, indices: Indices) -> DocumentBatch:
        documents = self._documents
        lengths = self._lengths[indices]  # (B,)
        columns = np.arange(int(lengths.max(initial=1)))  # (T,)
        inside = columns < lengths[:, None]  # (B, T)
        if self._backward:
            positions = documents.ends[indices, None] - 1 - columns
        else:
            positions = documents.starts[indices, None] + columns
        tokens = np.full(inside.shape, PADDING_ID, np.int64)
        tokens[inside] = documents.ids[positions[inside]]
        targets = documents.targets
        return DocumentBatch(
            tokens=torch.from_numpy(tokens),
            lengths=torch.from_numpy(np.maximum(lengths, 1)),
            targets=None if targets is None else torch.from_numpy(targets[indices]),
            indices=torch.from_numpy(np.array(indices)),
        )
