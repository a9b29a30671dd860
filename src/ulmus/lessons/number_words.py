"""The numbers from one to 9,999 in English words, the smallest language that is worth a model.

fastai hands the same text out as HUMAN_NUMBERS, in two files between which 8,000 is missing. It is
made here from its rule: nothing is downloaded, and every error of a model can be explained.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple, Self

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ulmus.batches import ContiguousBatches, EncodedDocuments, StreamBatch

ONES = (
    *("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven"),
    *("twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen"),
    "nineteen",
)
TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")

LAST = 9_999
LEFT_OUT = 8_000
"""The training file ends before it, and the validation file begins after it."""

SEPARATOR = "."
ROWS = 64
"""Rows of a batch in the book."""

TRAIN_SHARE = 0.8


def in_words(number: int) -> list[str]:
    """Return the words of a number from 1 to 9,999."""
    words = []
    if number >= 1000:
        words += [ONES[number // 1000 - 1], "thousand"]
    if number % 1000 >= 100:
        words += [ONES[number % 1000 // 100 - 1], "hundred"]
    rest = number % 100
    if rest >= 20:
        words.append(TENS[rest // 10 - 2])
        rest %= 10
    return [*words, ONES[rest - 1]] if rest else words


def lines() -> list[str]:
    """Return the lines of the two files, one number each."""
    return [" ".join(in_words(number)) for number in range(1, LAST + 1) if number != LEFT_OUT]


class NumberWords(NamedTuple):
    """The text as tokens: all lines joined, a point between them.

    Attributes:
        words: The vocabulary, in the order of first occurrence.
        ids: (N,) int64, the text.
    """

    words: list[str]
    ids: Tensor

    @classmethod
    def made(cls) -> Self:
        """Return the whole text."""
        tokens = f" {SEPARATOR} ".join(lines()).split(" ")
        words = list(dict.fromkeys(tokens))
        numbers = {word: index for index, word in enumerate(words)}
        return cls(words, torch.tensor([numbers[token] for token in tokens]))

    def decoded(self, ids: Tensor | Sequence[int]) -> list[str]:
        """Return the words of some ids."""
        return [self.words[int(index)] for index in ids]

    def splits(self, steps: int, *, vary: bool = False) -> "Splits":
        """Return the batches of the book: the first 80 % of the text to learn from, in order.

        The book cuts the text into windows of `steps` tokens, gives the first 80 % of the windows
        to training, and deals both parts to 64 rows. So each part is cut to whole batches.

        Args:
            steps: Tokens of a window.
            vary: Whether windows to learn from end elsewhere in each epoch, as in AWD-LSTM.
        """
        count, cut = self._counts(steps)
        whole = [n // ROWS * ROWS * steps for n in (cut, count - cut)]
        parts = self.ids[: whole[0] + 1], self.ids[cut * steps :][: whole[1] + 1]
        return Splits(_dealt(parts[0], steps, vary), _dealt(parts[1], steps))

    def undealt(self, steps: int) -> "Undealt":
        """Return the batches of the book's first models: windows one below the other."""
        count, cut = self._counts(steps)
        parts = self.ids[: cut // ROWS * ROWS * steps + 1], self.ids[cut * steps :]
        sizes = cut // ROWS * ROWS, count - cut
        return Undealt(
            *(WindowBatches(part, steps, n) for part, n in zip(parts, sizes, strict=True))
        )

    def _counts(self, steps: int) -> tuple[int, int]:
        """Return how many windows there are, and how many of them are learned from."""
        count = len(range(0, len(self.ids) - steps - 1, steps))
        return count, int(TRAIN_SHARE * count)


class WindowBatches:
    """Batches of windows in the order of the text, one below the other.

    Args:
        ids: The text.
        steps: Tokens of a window.
        count: Windows.

    Shapes:
        ids: (N,) int64.
    """

    def __init__(self, ids: Tensor, steps: int, count: int) -> None:
        used = count * steps
        self._batches = [
            StreamBatch(tokens, targets)
            for tokens, targets in zip(
                ids[:used].view(count, steps).split(ROWS),
                ids[1 : used + 1].view(count, steps).split(ROWS),
                strict=True,
            )
        ]

    def rate_shares(self, _epoch: int) -> NDArray[np.float64]:
        """Return the share of the learning rate that each batch takes: all of it."""
        return np.ones(len(self._batches))

    def batches(self, _epoch: int, start_step: int = 0) -> Iterator[StreamBatch]:
        """Return the batches, the same in every epoch."""
        return iter(self._batches[start_step:])


class Undealt(NamedTuple):
    """Windows to learn from and windows to judge by."""

    train: WindowBatches
    valid: WindowBatches


class Splits(NamedTuple):
    """Batches to learn from and batches to judge by, each going on where the last one ended."""

    train: ContiguousBatches
    valid: ContiguousBatches

    def valid_rows(self) -> Tensor:
        """Return the validation text as its rows, each with the target of its last token.

        Shapes:
            returned: (B, row + 1) int64.
        """
        batches = list(self.valid.batches(0))
        return torch.cat([*(b.tokens for b in batches), batches[-1].targets[:, -1:]], 1)


def _dealt(ids: Tensor, steps: int, vary: bool = False) -> ContiguousBatches:
    return ContiguousBatches(
        EncodedDocuments.join([ids.numpy()]),
        batch_size=ROWS,
        sequence_length=steps,
        vary_sequence_length=vary,
        shuffle=False,
    )


def windows(ids: Tensor, steps: int) -> Iterator[tuple[Tensor, int]]:
    """Yield the book's first examples: so many tokens, and the one behind them.

    Shapes:
        ids: (N,) int64; yielded: (T,) each.
    """
    for start in range(0, len(ids) - steps - 1, steps):
        yield ids[start : start + steps], int(ids[start + steps])
