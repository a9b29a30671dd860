"""A stack of LSTM layers with dropout between them."""

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from itertools import pairwise
from typing import NamedTuple, cast

import torch
from torch import Tensor, nn

from ulmus.nn.dropouts import sequence_dropout
from ulmus.nn.lstm import LayerState, LstmLayer
from ulmus.nn.precision import Precision
from ulmus.nn.recurrence import Ragged

State = tuple[LayerState, ...]
"""The recurrent state of a stack: one (hidden, cell) pair a layer."""

Layer = Callable[[Tensor, LayerState | None], tuple[Tensor, LayerState]]
"""Maps inputs and a layer's state, zeros where None, to outputs and the new state."""


class StackOutput(NamedTuple):
    """What a stack returns.

    Shapes:
        outputs: (B, T, H of the last layer), not dropped.
    """

    outputs: Tensor
    state: State


class RecurrentStack(nn.Module):
    """LSTM layers one upon the other.

    Args:
        sizes: Features of the input and of each layer's output; layer i maps sizes[i] to
            sizes[i + 1].
        bidirectional: Whether each layer reads in both directions and shares its features
            between them.
    """

    def __init__(self, sizes: Sequence[int], *, bidirectional: bool = False) -> None:
        super().__init__()
        share = 2 if bidirectional else 1
        self.layers = nn.ModuleList(
            LstmLayer(given, made // share, bidirectional=bidirectional)
            for given, made in pairwise(sizes)
        )

    def initial_state(self, inputs: Tensor) -> State:
        """Return zeros that fit a batch.

        Shapes:
            inputs: (B, T, sizes[0]).
        """
        layers = cast(Iterable[LstmLayer], self.layers)
        return tuple(layer.initial_state(inputs) for layer in layers)

    def forward(
        self,
        inputs: Tensor,
        state: State | None = None,
        *,
        lengths: Tensor | None = None,
        hidden_dropout: float = 0.0,
        weight_dropout: float = 0.0,
        precision: Precision = "fp32",
        ragged: Ragged | None = None,
    ) -> StackOutput:
        """Run all layers over a sequence.

        Shapes:
            inputs: (B, T, sizes[0]); lengths: (B,), see `LstmLayer`.
        """
        how = {"weight_dropout": weight_dropout, "precision": precision, "ragged": ragged}
        layers = [partial(layer, lengths=lengths, **how) for layer in self.layers]
        drop = partial(sequence_dropout, probability=hidden_dropout, training=self.training)
        return run_layers(inputs, state, layers, [drop] * (len(layers) - 1))


def run_layers(
    inputs: Tensor,
    state: State | None,
    layers: Sequence[Layer],
    dropouts: Sequence[Callable[[Tensor], Tensor]],
) -> StackOutput:
    """Run layers one upon the other.

    Args:
        inputs: What the first layer reads.
        state: The state of all layers, zeros where None.
        layers: From the input to the output.
        dropouts: One for each gap between two layers.

    Shapes:
        inputs: (B, T, features of the input).
    """
    outputs, states = inputs, []
    for index, layer in enumerate(layers):
        if index:
            outputs = dropouts[index - 1](outputs)
        outputs, layer_state = layer(outputs, state[index] if state is not None else None)
        states.append(layer_state)
    return StackOutput(outputs, tuple(states))


def detach_state(state: State) -> State:
    """Return the same state, cut from the graph that made it."""
    return tuple((hidden.detach(), cell.detach()) for hidden, cell in state)


def select_rows(state: State, rows: Tensor) -> State:
    """Return the state of some rows of the batch, in the order asked for.

    Shapes:
        rows: (N,) int64 indices into B, or (B,) bool.
    """
    return tuple((hidden[:, rows], cell[:, rows]) for hidden, cell in state)


def resize_state(state: State, batch: int) -> State:
    """Return the state for a batch of another size: cut at its end, or grown by rows of zeros.

    Args:
        state: The state of the batch before.
        batch: Rows of the batch to come.
    """
    return tuple((_resized(hidden, batch), _resized(cell, batch)) for hidden, cell in state)


def _resized(values: Tensor, batch: int) -> Tensor:
    directions, rows, features = values.shape
    if batch <= rows:
        return values[:, :batch]
    return torch.cat([values, values.new_zeros(directions, batch - rows, features)], 1)
