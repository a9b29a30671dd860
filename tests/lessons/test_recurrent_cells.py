"""The cells against torch's, over several steps and for numbers worked out by hand."""

import math

import pytest
import torch
from torch import nn

from ulmus.lessons.lstm_cell import fill, fill_gates, walk
from ulmus.lessons.recurrent_cells import (
    ElmanCell,
    FusedLstmCell,
    GatedLstmCell,
    GruCell,
    sigmoid,
    tanh,
)

VALUES = torch.linspace(-20, 20, 41, dtype=torch.float64)


def test_sigmoid_and_tanh_are_torchs() -> None:
    torch.testing.assert_close(sigmoid(VALUES), torch.sigmoid(VALUES))
    torch.testing.assert_close(tanh(VALUES), torch.tanh(VALUES))


def test_an_lstm_step_by_hand() -> None:
    cell = GatedLstmCell(1, 1).double()
    for name, weight, bias in (
        ("input_gate", (1.0, 2.0), 0.0),
        ("forget_gate", (0.0, 0.0), 1.0),
        ("candidate", (-1.0, 0.5), 0.0),
        ("output_gate", (0.0, 1.0), -1.0),
    ):
        layer = cell.get_submodule(name)
        layer.weight.data.copy_(torch.tensor([weight]))
        layer.bias.data.fill_(bias)
    x, h, c = 0.5, -0.25, 2.0

    def squash(value: float) -> float:
        return 1 / (1 + math.exp(-value))

    memory = squash(1.0) * c + squash(x + 2 * h) * math.tanh(-x + 0.5 * h)
    shown = squash(h - 1) * math.tanh(memory)
    given = (torch.tensor([[v]]).double() for v in (x, h, c))
    inputs, hidden, cell_state = given
    made = cell(inputs, (hidden, cell_state))
    assert [part.item() for part in made] == pytest.approx([shown, memory])


@pytest.mark.parametrize("form", ["gated", "fused"])
@pytest.mark.parametrize("sizes", [(1, 1), (5, 3), (3, 5)])
def test_both_lstm_forms_walk_as_torchs_lstm(form: str, sizes: tuple[int, int]) -> None:
    torch.manual_seed(0)
    lstm = nn.LSTM(*sizes, batch_first=True).double()
    weights = list(lstm.parameters())
    cell = (GatedLstmCell if form == "gated" else FusedLstmCell)(*sizes).double()
    (fill_gates if form == "gated" else fill)(cell, weights)
    inputs = torch.randn(2, 6, sizes[0], dtype=torch.float64)
    state = tuple(torch.randn(1, 2, sizes[1], dtype=torch.float64) for _ in range(2))
    outputs, last = walk(cell, inputs, (state[0][0], state[1][0]))
    wanted, wanted_last = lstm(inputs, state)
    torch.testing.assert_close(outputs, wanted)
    torch.testing.assert_close(torch.stack(last), torch.cat(wanted_last))


@pytest.mark.parametrize(("cell", "layer"), [(ElmanCell, nn.RNN), (GruCell, nn.GRU)])
def test_elman_and_gru_walk_as_torchs(cell: type[nn.Module], layer: type[nn.Module]) -> None:
    torch.manual_seed(0)
    torchs, mine = layer(5, 3, batch_first=True).double(), cell(5, 3).double()
    fill(mine, list(torchs.parameters()))
    inputs = torch.randn(2, 6, 5, dtype=torch.float64)
    hidden, outputs = torch.zeros(2, 3).double(), []
    for step in inputs.unbind(1):
        hidden = mine(step, hidden)
        outputs.append(hidden)
    torch.testing.assert_close(torch.stack(outputs, 1), torchs(inputs)[0])
