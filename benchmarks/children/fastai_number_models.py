"""The fast.ai book's last models of number words, trained by fastai as the book trains them."""

from typing import Any

import numpy as np
import torch
from fastai.text.all import (
    CrossEntropyLossFlat,
    DataLoaders,
    Learner,
    ModelResetter,
    TextLearner,
    accuracy,
)
from torch import nn

from harness.child import Job, serve

ROWS, STEPS, HIDDEN, LAYERS, DROPOUT, EPOCHS = 64, 16, 64, 2, 0.4, 15


def build(settings: dict[str, Any]) -> Job:
    ids = torch.from_numpy(np.load(settings["ids"]))
    size = int(ids.max()) + 1
    accuracies: list[float] = []

    def run() -> None:
        torch.manual_seed(len(accuracies))
        learn = _regularized(ids, size) if settings["regularized"] else _plain(ids, size)
        decay = {"wd": 0.1} if settings["regularized"] else {}
        with learn.no_bar(), learn.no_logging():
            learn.fit_one_cycle(EPOCHS, 1e-2, **decay)
        accuracies.append(float(learn.recorder.values[-1][-1]))

    return Job(run, lambda: {"accuracies": accuracies})


def _plain(ids: torch.Tensor, size: int) -> Learner:
    loss, model = CrossEntropyLossFlat(), Stacked(size, regularized=False)
    return Learner(_loaders(ids), model, loss_func=loss, metrics=accuracy, cbs=ModelResetter)


def _regularized(ids: torch.Tensor, size: int) -> Learner:
    loss, model = CrossEntropyLossFlat(), Stacked(size, regularized=True)
    return TextLearner(_loaders(ids), model, loss_func=loss, metrics=accuracy)


def _loaders(ids: torch.Tensor) -> DataLoaders:
    starts = range(0, len(ids) - STEPS - 1, STEPS)
    windows = [(ids[i : i + STEPS], ids[i + 1 : i + STEPS + 1]) for i in starts]
    cut = int(0.8 * len(windows))
    parts = [_dealt(part) for part in (windows[:cut], windows[cut:])]
    return DataLoaders.from_dsets(*parts, bs=ROWS, drop_last=True, shuffle=False)


def _dealt(windows: list[Any]) -> list[Any]:
    """Return the windows so that each row of a batch goes on where it was in the last one."""
    length = len(windows) // ROWS
    return [windows[row * length + step] for step in range(length) for row in range(ROWS)]


class Stacked(nn.Module):
    """Two LSTM layers that keep their state from batch to batch.

    Args:
        size: Words.
        regularized: Whether with dropout, tied weights, and outputs for the two penalties.
    """

    def __init__(self, size: int, *, regularized: bool) -> None:
        super().__init__()
        self.embedding = nn.Embedding(size, HIDDEN)
        self.recurrent = nn.LSTM(HIDDEN, HIDDEN, LAYERS, batch_first=True)
        self.dropout = nn.Dropout(DROPOUT)
        self.decoder = nn.Linear(HIDDEN, size)
        self.regularized = regularized
        if regularized:
            self.decoder.weight = self.embedding.weight
        self.reset()

    def forward(self, tokens: torch.Tensor) -> Any:
        raw, state = self.recurrent(self.embedding(tokens), self.state)
        self.state = tuple(each.detach() for each in state)
        if not self.regularized:
            return self.decoder(raw)
        dropped = self.dropout(raw)
        return self.decoder(dropped), raw, dropped

    def reset(self) -> None:
        self.state: Any = tuple(torch.zeros(LAYERS, ROWS, HIDDEN) for _ in range(2))


if __name__ == "__main__":
    serve(build)
