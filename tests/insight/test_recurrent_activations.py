"""Gates and states found afterwards, against cells that compute them step by step."""

import pytest
import torch
from torch import Tensor, nn

from ulmus.insight.recurrent_activations import (
    LayerCall,
    direction_activations,
    lstm_activations,
    torch_activations,
)
from ulmus.nn.lstm import LstmLayer

BATCH, STEPS, GIVEN, MADE = 2, 5, 4, 3


def inputs() -> Tensor:
    generator = torch.Generator().manual_seed(1)
    return torch.randn(BATCH, STEPS, GIVEN, generator=generator)


def stepwise_lstm(
    read: Tensor, weights: list[Tensor], hidden: Tensor, cell: Tensor
) -> list[Tensor]:
    """Return output, cell state and the four gates of every step, as (B, T, H)."""
    weight_ih, weight_hh, bias_ih, bias_hh = weights
    seen = []
    for x in read.unbind(1):
        gates = x @ weight_ih.T + bias_ih + hidden @ weight_hh.T + bias_hh
        i, f, g, o = gates.chunk(4, 1)
        i, f, g, o = i.sigmoid(), f.sigmoid(), g.tanh(), o.sigmoid()
        cell = f * cell + i * g
        hidden = o * cell.tanh()
        seen.append((hidden, cell, i, f, g, o))
    return [torch.stack(each, 1) for each in zip(*seen, strict=True)]


NAMES = ["output", "cell state", "input gate", "forget gate", "candidate", "output gate"]


@pytest.mark.parametrize("with_state", [False, True])
@pytest.mark.parametrize("batch_first", [False, True])
def test_every_layer_of_torchs_lstm(with_state: bool, batch_first: bool) -> None:
    torch.manual_seed(0)
    lstm = nn.LSTM(GIVEN, MADE, 2, batch_first=batch_first)
    state = tuple(torch.randn(2, BATCH, MADE) for _ in range(2))
    read = inputs()
    given = (read if batch_first else read.transpose(0, 1), *([state] if with_state else []))
    found = list(torch_activations("lstm", lstm, given))
    assert [a.name for a in found] == [
        f"lstm layer {layer}: {name}" for layer in (1, 2) for name in NAMES
    ]
    for layer in range(2):
        zeros = torch.zeros(BATCH, MADE)
        hidden, cell = (part[layer] for part in state) if with_state else (zeros, zeros)
        wanted = stepwise_lstm(read, lstm.all_weights[layer], hidden, cell)
        for activation, values in zip(found[6 * layer : 6 * layer + 6], wanted, strict=True):
            torch.testing.assert_close(activation.values, values)
        read = wanted[0]
    outputs = lstm(*given)[0]
    torch.testing.assert_close(read if batch_first else read.transpose(0, 1), outputs)


def test_the_librarys_layer() -> None:
    torch.manual_seed(0)
    [direction] = LstmLayer(GIVEN, MADE).directions
    hidden, cell = torch.randn(1, BATCH, MADE), torch.randn(1, BATCH, MADE)
    made = direction(inputs(), hidden, cell)
    found = list(direction_activations("a", direction, (inputs(), hidden, cell), made))
    wanted = stepwise_lstm(inputs(), list(direction.parameters()), hidden[0], cell[0])
    assert [a.name for a in found] == [f"a: {name}" for name in NAMES]
    for activation, values in zip(found, wanted, strict=True):
        torch.testing.assert_close(activation.values, values)


def test_gru_gates() -> None:
    torch.manual_seed(0)
    gru = nn.GRU(GIVEN, MADE, batch_first=True)
    found = {a.name: a.values for a in torch_activations("gru", gru, (inputs(),))}
    weight_ih, weight_hh, bias_ih, bias_hh = gru.all_weights[0]
    hidden = torch.zeros(BATCH, MADE)
    for t, x in enumerate(inputs().unbind(1)):
        a = (x @ weight_ih.T + bias_ih).chunk(3, 1)
        b = (hidden @ weight_hh.T + bias_hh).chunk(3, 1)
        r, z = (a[0] + b[0]).sigmoid(), (a[1] + b[1]).sigmoid()
        n = (a[2] + r * b[2]).tanh()
        hidden = (1 - z) * n + z * hidden
        for name, values in (("reset gate", r), ("update gate", z), ("candidate", n)):
            torch.testing.assert_close(found[f"gru layer 1: {name}"][:, t], values)
        torch.testing.assert_close(found["gru layer 1: output"][:, t], hidden)


@pytest.mark.parametrize("kind", ["tanh", "relu"])
@pytest.mark.parametrize("bias", [False, True])
def test_plain_layers(kind: str, bias: bool) -> None:
    torch.manual_seed(0)
    rnn = nn.RNN(GIVEN, MADE, 2, nonlinearity=kind, bias=bias, batch_first=True)
    found = list(torch_activations("rnn", rnn, (inputs(),)))
    assert [a.name for a in found] == ["rnn layer 1: output", "rnn layer 2: output"]
    torch.testing.assert_close(found[1].values, rnn(inputs())[0])


def test_what_is_passed_over() -> None:
    both = nn.LSTM(GIVEN, MADE, bidirectional=True, batch_first=True)
    assert list(torch_activations("a", both, (inputs(),))) == []
    projected = nn.LSTM(GIVEN, MADE, proj_size=2, batch_first=True)
    assert list(torch_activations("a", projected, (inputs(),))) == []
    packed = nn.utils.rnn.pack_sequence([inputs()[0], inputs()[1]])
    assert list(torch_activations("a", nn.LSTM(GIVEN, MADE), (packed,))) == []


def test_without_a_cell_state_it_begins_with_zeros() -> None:
    torch.manual_seed(0)
    lstm = nn.LSTM(GIVEN, MADE, batch_first=True)
    outputs, (_, cell) = lstm(inputs())
    call = LayerCall(inputs(), torch.zeros(BATCH, MADE), None, outputs, lstm.all_weights[0])
    found = {a.name: a.values for a in lstm_activations("a", call)}
    torch.testing.assert_close(found["a: cell state"][:, -1], cell[0])
