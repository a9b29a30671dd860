"""fastbook's exercises: the LSTM and the GRU from scratch in a model, and AWD-LSTM taken apart."""

import time
from collections.abc import Iterator, Sequence
from importlib import import_module

import torch
from torch import Tensor, nn

from ulmus.lessons.frame import Check, Figures, Shown, same
from ulmus.lessons.number_training import WordObjective, WordOutput, detached
from ulmus.lessons.number_words import NumberWords
from ulmus.lessons.recurrent_cells import FusedLstmCell, GruCell
from ulmus.lessons.stacked_models import StackedModel

FEATURES = 32
STEPS = 16
RATE = 0.5

CONCEPTS = (
    ("embedding dropout", "whole words are dropped", "ulmus.nn.dropouts:embed"),
    ("input dropout", "features of the embedding", "ulmus.nn.dropouts:sequence_dropout"),
    ("weight dropout", "weights from state to state", "ulmus.nn.dropouts:drop_weight"),
    ("hidden dropout", "features between layers", "ulmus.nn.recurrent_stack:RecurrentStack"),
    ("output dropout", "features before the decoder", "ulmus.models.awd_lstm:AwdLstm"),
    (
        "activation regularization",
        "large outputs cost",
        "ulmus.training.regularizers:activation_regularization",
    ),
    (
        "temporal regularization",
        "outputs that jump cost",
        "ulmus.training.regularizers:temporal_regularization",
    ),
    ("weight tying", "decoder is the embedding", "ulmus.models.language_model:LanguageModel"),
    (
        "varied window lengths",
        "windows end elsewhere",
        "ulmus.batches.sequence_lengths:varied_ends",
    ),
    ("NT-ASGD", "averages when it stalls", "ulmus.training.averaging:WeightAverage"),
)
"""The parts of AWD-LSTM, what they do, and where the library has them."""


class Walked(nn.Module):
    """A cell by hand that walks a sequence, with the interface of torch's layers.

    Args:
        cell: An LSTM or a GRU cell.
    """

    def __init__(self, cell: FusedLstmCell | GruCell) -> None:
        super().__init__()
        self.cell = cell
        self.input_size = cell.from_input.in_features
        self.hidden_size = cell.from_state.in_features

    def forward(
        self, inputs: Tensor, state: tuple[Tensor, ...] | None = None
    ) -> tuple[Tensor, tuple[Tensor, ...]]:
        """Return the outputs of all steps and the last state.

        Shapes:
            inputs: (B, T, I); state: (B, H), twice for an LSTM; returned: (B, T, H).
        """
        zeros = inputs.new_zeros(len(inputs), self.hidden_size)
        outputs = []
        if isinstance(self.cell, FusedLstmCell):
            hidden, memory = state or (zeros, zeros)
            for step in inputs.unbind(1):
                hidden, memory = self.cell(step, (hidden, memory))
                outputs.append(hidden)
            return torch.stack(outputs, 1), (hidden, memory)
        (hidden,) = state or (zeros,)
        for step in inputs.unbind(1):
            hidden = self.cell(step, hidden)
            outputs.append(hidden)
        return torch.stack(outputs, 1), (hidden,)


class HandMade(nn.Module):
    """The lessons' model of words upon a cell by hand, with the weights of another model.

    Args:
        other: A model upon one of torch's layers, whose weights are copied.
    """

    def __init__(self, other: StackedModel) -> None:
        super().__init__()
        sizes = other.recurrent.input_size, other.recurrent.hidden_size
        kind = GruCell if isinstance(other.recurrent, nn.GRU) else FusedLstmCell
        self.recurrent = Walked(kind(*sizes))
        self.embedding = nn.Embedding.from_pretrained(other.embedding.weight.data.clone(), False)
        self.decoder = nn.Linear(sizes[1], other.decoder.out_features)
        self.decoder.load_state_dict(other.decoder.state_dict())
        cell = self.recurrent.cell
        own = [
            *(cell.from_input.weight, cell.from_state.weight),
            *(cell.from_input.bias, cell.from_state.bias),
        ]
        for mine, given in zip(own, other.recurrent.parameters(), strict=True):
            mine.data.copy_(given.data)

    def forward(self, tokens: Tensor, state: tuple[Tensor, ...] | None = None) -> WordOutput:
        """Return the logits behind every word, (B, T, V), and the state.

        Shapes:
            tokens: (B, T) int64.
        """
        outputs, new_state = self.recurrent(self.embedding(tokens), state)
        return WordOutput(self.decoder(outputs), new_state)


def cells_from_scratch(steps: int) -> Iterator[Shown]:
    """Train models upon cells by hand and upon torch's layers, and compare them step by step."""
    text = NumberWords.made()
    batches = list(text.splits(STEPS).train.batches(0))[:steps]
    rows = []
    checks: list[Check] = []
    for name, layer in (("LSTM", nn.LSTM), ("GRU", nn.GRU)):
        torch.manual_seed(0)
        torchs = StackedModel(len(text.words), layer(FEATURES, FEATURES, batch_first=True)).double()
        mine = HandMade(torchs).double()
        losses, seconds = zip(
            *(_descended(model, batches) for model in (mine, torchs)), strict=True
        )
        rows.append((name, losses[0][-1].item(), losses[1][-1].item(), seconds[0] / seconds[1]))
        checks.append(
            same(f"{name} from scratch: {len(batches)} training steps are torch's", *losses)
        )
    columns = ("cell", "loss by hand", "loss of torch's", "times as slow")
    yield Figures(f"After {len(batches)} steps of gradient descent", columns, rows)
    yield from checks


def _descended(model: nn.Module, batches: Sequence[object]) -> tuple[Tensor, float]:
    """Train a model by plain gradient descent; return all losses and the time."""
    objective, state, losses = WordObjective(), None, []
    start = time.perf_counter()
    for batch in batches:
        output = objective(model, batch, state)  # type: ignore[arg-type]
        state = detached(output.state)
        found = torch.autograd.grad(output.loss, list(model.parameters()))
        with torch.no_grad():
            for parameter, gradient in zip(model.parameters(), found, strict=True):
                parameter.sub_(gradient, alpha=RATE)
        losses.append(output.loss.detach())
    return torch.stack(losses), time.perf_counter() - start


def awd_lstm_taken_apart() -> Iterator[Shown]:
    """Say of each idea of AWD-LSTM what it does and where the library has it."""
    yield Figures("AWD-LSTM", ("idea", "what it does", "where"), CONCEPTS)
    places = [where.split(":") for _, _, where in CONCEPTS]
    missing = [name for module, name in places if not hasattr(import_module(module), name)]
    yield Check("All of them are in the library", not missing, f"{len(places)} of {len(CONCEPTS)}")
