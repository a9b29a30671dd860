"""A stack of LSTM layers with dropout between them."""

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from torch import Tensor, nn

from ulmus.nn.dropouts import sequence_dropout
from ulmus.nn.lstm import LayerState, LstmLayer

State = tuple[LayerState, ...]
"""The recurrent state of a stack: one (hidden, cell) pair a layer."""


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

    def forward(
        self,
        inputs: Tensor,
        state: State | None = None,
        *,
        lengths: Tensor | None = None,
        hidden_dropout: float = 0.0,
        weight_dropout: float = 0.0,
    ) -> StackOutput:
        """Run all layers over a sequence.

        Shapes:
            inputs: (B, T, sizes[0]); lengths: (B,), see `LstmLayer`.
        """
        outputs, states = inputs, []
        for index, layer in enumerate(self.layers):
            if index:
                outputs = sequence_dropout(outputs, hidden_dropout, training=self.training)
            outputs, layer_state = layer(
                outputs,
                state[index] if state is not None else None,
                lengths=lengths,
                weight_dropout=weight_dropout,
            )
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
