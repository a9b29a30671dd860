"""One step of three recurrent networks, by hand: the Elman cell, the LSTM in two forms, the GRU.

A cell maps an input and what was remembered to an output and what is remembered next. The LSTM is
written twice: with one layer a gate, as it is explained, and with one product for all gates, as it
is computed.
"""

import torch
from torch import Tensor, nn

LstmState = tuple[Tensor, Tensor]
"""Hidden and cell state, (B, H) each."""


class ElmanCell(nn.Module):
    """The plain recurrent cell: one layer over input and state, then tanh.

    Paper: Elman, "Finding Structure in Time" (1990).

    Args:
        input_size: Features of the input, I.
        hidden_size: Features of the state, H.
    """

    def __init__(self, input_size: int, hidden_size: int) -> None:
        super().__init__()
        self.from_input = nn.Linear(input_size, hidden_size)
        self.from_state = nn.Linear(hidden_size, hidden_size)

    def forward(self, inputs: Tensor, hidden: Tensor) -> Tensor:
        """Return the new state, which is also the output.

        Shapes:
            inputs: (B, I); hidden: (B, H).
        """
        return tanh(self.from_input(inputs) + self.from_state(hidden))


class GatedLstmCell(nn.Module):
    """The LSTM cell with one layer for each gate, over input and state side by side.

    Paper: Hochreiter, Schmidhuber, "Long Short-Term Memory" (1997); the forget gate is of Gers,
    Schmidhuber, Cummins, "Learning to Forget" (2000).

    Args:
        input_size: Features of the input, I.
        hidden_size: Features of the state, H.
    """

    def __init__(self, input_size: int, hidden_size: int) -> None:
        super().__init__()
        both = input_size + hidden_size
        self.input_gate = nn.Linear(both, hidden_size)
        self.forget_gate = nn.Linear(both, hidden_size)
        self.candidate = nn.Linear(both, hidden_size)
        self.output_gate = nn.Linear(both, hidden_size)

    def forward(self, inputs: Tensor, state: LstmState) -> LstmState:
        """Return the new hidden and cell state; the hidden state is also the output.

        Shapes:
            inputs: (B, I); state: (B, H) twice.
        """
        hidden, cell = state
        seen = torch.cat([inputs, hidden], 1)  # (B, I + H): joined, not stacked
        kept = sigmoid(self.forget_gate(seen)) * cell
        added = sigmoid(self.input_gate(seen)) * tanh(self.candidate(seen))
        cell = kept + added
        hidden = sigmoid(self.output_gate(seen)) * tanh(cell)
        return hidden, cell


class FusedLstmCell(nn.Module):
    """The same cell with all gates in one product with each of both, cut in four afterwards.

    Args:
        input_size: Features of the input, I.
        hidden_size: Features of the state, H.
    """

    def __init__(self, input_size: int, hidden_size: int) -> None:
        super().__init__()
        self.from_input = nn.Linear(input_size, 4 * hidden_size)
        self.from_state = nn.Linear(hidden_size, 4 * hidden_size)

    def forward(self, inputs: Tensor, state: LstmState) -> LstmState:
        """Return the new hidden and cell state.

        Shapes:
            inputs: (B, I); state: (B, H) twice.
        """
        hidden, cell = state
        gates = self.from_input(inputs) + self.from_state(hidden)  # (B, 4H)
        enter, keep, candidate, leave = gates.chunk(4, 1)  # (B, H) each
        cell = sigmoid(keep) * cell + sigmoid(enter) * tanh(candidate)
        return sigmoid(leave) * tanh(cell), cell


class GruCell(nn.Module):
    """The gated recurrent unit: one state, a gate that mixes old and new, one that resets.

    Paper: Cho and others, "Learning Phrase Representations using RNN Encoder-Decoder" (2014). As in
    torch, the reset gate acts behind the product with the state, bias included.

    Args:
        input_size: Features of the input, I.
        hidden_size: Features of the state, H.
    """

    def __init__(self, input_size: int, hidden_size: int) -> None:
        super().__init__()
        self.from_input = nn.Linear(input_size, 3 * hidden_size)
        self.from_state = nn.Linear(hidden_size, 3 * hidden_size)

    def forward(self, inputs: Tensor, hidden: Tensor) -> Tensor:
        """Return the new state, which is also the output.

        Shapes:
            inputs: (B, I); hidden: (B, H).
        """
        given = self.from_input(inputs).chunk(3, 1)  # (B, H) each
        known = self.from_state(hidden).chunk(3, 1)
        reset = sigmoid(given[0] + known[0])
        keep = sigmoid(given[1] + known[1])
        candidate = tanh(given[2] + reset * known[2])
        return keep * hidden + (1 - keep) * candidate


def sigmoid(values: Tensor) -> Tensor:
    """Squash to between 0 and 1."""
    return 1 / (1 + torch.exp(-values))


def tanh(values: Tensor) -> Tensor:
    """Squash to between -1 and 1: (e^x - e^-x) / (e^x + e^-x), computed as 2 sigmoid(2x) - 1."""
    return 2 * sigmoid(2 * values) - 1
