"""The first pass's result: tokens numbered as they were first seen, on disk until the last is in.

Which id a token gets is known only when all have been counted. Until then each split's tokens
wait in a temporary file under a provisional number, so that no text is tokenized twice and
memory holds only the distinct tokens.
"""

from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

import numpy as np
from numpy.typing import NDArray

from ulmus.corpus.chunks import TokenizedChunk
from ulmus.corpus.layout import TRAIN
from ulmus.text.numbering import numbering

NO_LABEL = -1


class SplitSpool:
    """One split's provisional token numbers, document lengths and labels, in three files.

    Args:
        folder: Where the files are written.
        split: The split's name.
        files: Closes the files.
    """

    def __init__(self, folder: Path, split: str, files: ExitStack) -> None:
        self.ids_path = folder / f"{split}.ids"
        self.lengths_path = folder / f"{split}.lengths"
        self.labels_path = folder / f"{split}.labels"
        self._ids = self._opened(self.ids_path, files)
        self._lengths = self._opened(self.lengths_path, files)
        self._labels = self._opened(self.labels_path, files)
        self.documents = 0
        self.characters = 0
        self.label_numbers: set[int] = set()

    def append(
        self,
        *,
        ids: NDArray[np.uint32],
        lengths: NDArray[np.int64],
        labels: NDArray[np.int32],
        characters: int,
    ) -> None:
        """Append the documents of one chunk."""
        self._ids.write(ids.data)
        self._lengths.write(lengths.data)
        self._labels.write(labels.data)
        self.documents += lengths.size
        self.characters += characters
        self.label_numbers.update(np.unique(labels).tolist())

    @staticmethod
    def _opened(path: Path, files: ExitStack) -> BinaryIO:
        return files.enter_context(path.open("wb"))


class TokenSpool:
    """Tokens and labels of a whole corpus, numbered in the order they were first seen.

    A context manager: the files are complete once the context is left.

    Args:
        folder: An empty folder for the temporary files.
    """

    def __init__(self, folder: Path) -> None:
        self.splits: dict[str, SplitSpool] = {}
        self._folder = folder
        self._files = ExitStack()
        self._tokens = numbering()
        self._labels: dict[str | None, int] = {None: NO_LABEL}
        self._train_counts = np.zeros(1024, np.int64)
        self._train_order: list[NDArray[np.int64]] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._files.close()

    @property
    def tokens(self) -> list[str]:
        """The distinct tokens of all splits; a token's index is its provisional number."""
        return list(self._tokens)

    @property
    def labels(self) -> list[str]:
        """The distinct labels of all splits; a label's index is its provisional number."""
        return [label for label in self._labels if label is not None]

    def train_counts(self) -> dict[str, int]:
        """Return how often each token occurs in the training split, in first-seen order."""
        tokens = self.tokens
        order = np.concatenate([np.zeros(0, np.int64), *self._train_order]).tolist()
        return {tokens[number]: int(self._train_counts[number]) for number in order}

    def append(self, chunk: TokenizedChunk) -> None:
        """Number and keep the documents of one chunk."""
        if chunk.split not in self.splits:
            self.splits[chunk.split] = SplitSpool(self._folder, chunk.split, self._files)
        numbers = np.fromiter(
            map(self._tokens.__getitem__, chunk.tokens), np.int64, len(chunk.tokens)
        )
        if chunk.split == TRAIN:
            self._count(numbers, np.bincount(chunk.ids, minlength=numbers.size))
        self.splits[chunk.split].append(
            ids=numbers.astype(np.uint32)[chunk.ids],
            lengths=chunk.lengths,
            labels=self._label_numbers(chunk.labels),
            characters=chunk.characters,
        )

    def _count(self, numbers: NDArray[np.int64], counts: NDArray[np.int64]) -> None:
        if len(self._tokens) > self._train_counts.size:
            grown = np.zeros(2 * len(self._tokens), np.int64)
            grown[: self._train_counts.size] = self._train_counts
            self._train_counts = grown
        # A chunk's distinct tokens are in first-seen order, so the new ones among them are too;
        # what only other splits have held before counts as new here.
        self._train_order.append(numbers[self._train_counts[numbers] == 0])
        self._train_counts[numbers] += counts

    def _label_numbers(self, labels: list[str | None]) -> NDArray[np.int32]:
        for label in labels:
            self._labels.setdefault(label, len(self._labels) - 1)
        return np.array([self._labels[label] for label in labels], np.int32)
