"""fastai's schedules, layer groups, weight decay, regularization and learning-rate finder."""

import random
import tempfile
from collections.abc import Iterator
from typing import Any

import torch
from fastai.callback.schedule import valley
from fastai.text.all import (
    AWD_LSTM,
    Adam,
    Callback,
    CrossEntropyLossFlat,
    DataLoaders,
    Learner,
    TextLearner,
    awd_lstm_clas_split,
    awd_lstm_lm_config,
    awd_lstm_lm_split,
    get_language_model,
    params,
    rnn_cbs,
)
from torch import Tensor, nn

from tests.parity.reference.classifier import small_classifier
from tests.parity.reference.language_model import small_language_model
from tests.parity.reference.writing import write_json, write_tensors

RUNS = [(1, 1), (1, 2), (1, 3), (1, 4), (1, 30), (2, 5), (3, 10), (4, 33), (7, 1)]
"""Epochs, and steps an epoch."""
SLICES: dict[str, slice | float] = {
    "one rate": 1e-2,
    "slice(high)": slice(1e-2),
    "slice(low, high)": slice(1e-5, 1e-2),
    "the book's": slice(5e-3 / 2.6**4, 5e-3),
}
ALPHA, BETA = 2.0, 1.0


class FixedBatches:
    """Batches in a list, as much of a loader as a learner needs."""

    n_inp = 1

    def __init__(self, batches: list[tuple[Tensor, Tensor]]) -> None:
        self.batches = batches

    def __iter__(self) -> Iterator[tuple[Tensor, Tensor]]:
        return iter(self.batches)

    def __len__(self) -> int:
        return len(self.batches)


class Recording(Callback):
    """Notes rates, momenta and losses of every training step."""

    order = 70

    def before_fit(self) -> None:
        """Begin anew."""
        self.rates, self.momenta, self.losses, self.added = [], [], [], []

    def after_batch(self) -> None:
        """Note a step."""
        if self.training:
            self.rates.append([group["lr"] for group in self.opt.hypers])
            self.momenta.append(self.opt.hypers[-1]["mom"])
            self.losses.append(self.learn.loss.item())
            self.added.append((self.learn.loss_grad - self.learn.loss).item())


def make() -> None:
    """Write all of it."""
    write_json(
        "training",
        {
            "one_cycle": [_one_cycle(*run) for run in RUNS],
            "rates": [_rates(groups, name) for groups in (2, 3, 4, 5, 6) for name in SLICES],
            "groups": {
                "language model": _groups(small_language_model(3), awd_lstm_lm_split),
                "classifier": _groups(_classifier(), awd_lstm_clas_split),
            },
            "undecayed": {
                "language model": _undecayed(small_language_model(3), awd_lstm_lm_split),
                "classifier": _undecayed(_classifier(), awd_lstm_clas_split),
            },
            "valleys": _valleys(),
        },
    )
    _write_regularization()


def learner(
    model: nn.Module, train: Any, valid: Any, splitter: Any, *, alpha: float, beta: float
) -> Learner:
    """Return a text learner of the reference that prints nothing."""
    return TextLearner(
        DataLoaders(train, valid),
        model,
        loss_func=CrossEntropyLossFlat(),
        splitter=splitter,
        alpha=alpha,
        beta=beta,
        cbs=[Recording()],
        path=tempfile.mkdtemp(),
    )


def _classifier() -> nn.Module:
    return small_classifier(seq_len=5, max_len=10, layers=3, bidirectional=False)


def _one_cycle(epochs: int, steps: int) -> dict[str, Any]:
    """Return the curves of `fit_one_cycle` with its defaults, as a learner really goes."""
    model = get_language_model(AWD_LSTM, 10, config=_tiny_config())
    batch = (torch.zeros(1, 2, dtype=torch.int64), torch.zeros(1, 2, dtype=torch.int64))
    learn = learner(
        model,
        FixedBatches([batch] * steps),
        FixedBatches([batch]),
        awd_lstm_lm_split,
        alpha=0,
        beta=0,
    )
    with learn.no_bar(), learn.no_logging():
        learn.fit_one_cycle(epochs, slice(1e-4, 1e-2))
    return {
        "epochs": epochs,
        "steps": steps,
        "rates": learn.recording.rates,
        "momenta": learn.recording.momenta,
    }


def _tiny_config() -> dict[str, Any]:
    return {**awd_lstm_lm_config, "emb_sz": 2, "n_hid": 2, "n_layers": 2}


def _rates(groups: int, name: str) -> dict[str, Any]:
    optimizer = Adam([[nn.Parameter(torch.zeros(1))] for _ in range(groups)], lr=1.0)
    optimizer.set_hyper("lr", SLICES[name])
    return {"name": name, "rates": [float(group["lr"]) for group in optimizer.hypers]}


def _groups(model: nn.Module, splitter: Any) -> list[list[str]]:
    names = {id(parameter): name for name, parameter in model.named_parameters()}
    return [sorted(names[id(parameter)] for parameter in group) for group in splitter(model)]


def _undecayed(model: nn.Module, splitter: Any) -> list[str]:
    """Return the names of the parameters that a learner spares from weight decay."""
    learn = learner(model, FixedBatches([]), FixedBatches([]), splitter, alpha=0, beta=0)
    learn.create_opt()
    spared = [p for p in params(model) if learn.opt.state[p].get("do_wd", True) is False]
    names = {id(parameter): name for name, parameter in model.named_parameters()}
    return sorted(names[id(parameter)] for parameter in spared)


def _valleys() -> list[dict[str, Any]]:
    """Return curves of losses, some smooth and some rough, and which rate is suggested."""
    draw, made = random.Random(5), []
    for number in range(60):
        count = draw.randint(2, 90)
        noise = (0, 0.01, 0.1, 1)[number % 4]
        lowest = draw.uniform(0, count)
        curve = [
            4 + (abs(step - lowest) - lowest) / count + draw.uniform(-noise, noise)
            for step in range(count)
        ]
        losses = torch.tensor(curve)  # float32, as the reference's own
        rates = torch.tensor([float(step) for step in range(count)])
        suggested, _ = valley(rates, losses, count)
        made.append({"losses": losses.tolist(), "index": int(suggested)})
    return made


def _write_regularization() -> None:
    """Write AR and TAR of given outputs, as the reference's callbacks add them to the loss."""
    torch.manual_seed(0)
    tensors: dict[str, Tensor] = {}
    values: dict[str, list[float]] = {}
    for rows, steps in [(1, 6), (2, 2), (3, 7), (4, 72)]:
        raw = torch.randn(rows, steps, 5)
        dropped = raw * (torch.rand(rows, 1, 5) > 0.5) * 2
        name = f"{rows} rows, {steps} steps"
        tensors |= {f"{name}/raw": raw, f"{name}/dropped": dropped}
        values[name] = [
            _added(raw, dropped, alpha=alpha, beta=beta)
            for alpha, beta in [(ALPHA, 0), (0, BETA), (ALPHA, BETA)]
        ]
    write_tensors("training_regularization", tensors, {"values": values})


def _added(raw: Tensor, dropped: Tensor, *, alpha: float, beta: float) -> float:
    class Answering(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.weight = nn.Parameter(torch.zeros(1))

        def forward(self, inputs: Tensor) -> tuple[Tensor, Tensor, Tensor]:
            return inputs * self.weight, raw, dropped

        def reset(self) -> None:
            """Have no state."""

    batch = FixedBatches([(torch.ones(1, 2), torch.zeros(1, dtype=torch.int64))])
    learn = Learner(
        DataLoaders(batch, batch),
        Answering(),
        loss_func=CrossEntropyLossFlat(),
        cbs=[Recording(), *rnn_cbs(alpha, beta)],
    )
    with learn.no_bar(), learn.no_logging():
        learn.fit(1, lr=0.0)
    (added,) = learn.recording.added
    return added
