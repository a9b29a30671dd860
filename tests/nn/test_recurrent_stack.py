"""The stack against `torch.nn.LSTM` layers one upon the other."""

import pytest
import torch
from torch import Tensor

from tests.nn.reference import parameters, reference_lstm
from ulmus.nn import recurrent_stack
from ulmus.nn.recurrent_stack import RecurrentStack, detach_state, resize_state, select_rows


def _stack(*, bidirectional: bool = False) -> RecurrentStack:
    torch.manual_seed(0)
    return RecurrentStack([6, 8, 10, 4], bidirectional=bidirectional).double()


def _inputs() -> Tensor:
    generator = torch.Generator().manual_seed(1)
    return torch.randn(3, 9, 6, generator=generator, dtype=torch.float64, requires_grad=True)


@pytest.mark.parametrize("bidirectional", [False, True])
def test_outputs_state_and_gradients_equal_torch(bidirectional: bool) -> None:
    stack, inputs = _stack(bidirectional=bidirectional), _inputs()
    lstms = [reference_lstm(layer) for layer in stack.layers]
    outputs, state = stack(inputs)
    expected, expected_state = inputs, []
    for lstm in lstms:
        expected, layer_state = lstm(expected)
        expected_state.append(layer_state)
    torch.testing.assert_close(outputs, expected)
    torch.testing.assert_close(state, tuple(expected_state))
    given = torch.autograd.grad(
        outputs.square().sum(), [inputs, *(p for layer in stack.layers for p in parameters(layer))]
    )
    wanted = torch.autograd.grad(
        expected.square().sum(), [inputs, *(p for lstm in lstms for p in lstm.parameters())]
    )
    torch.testing.assert_close(given, wanted)


def test_a_sequence_in_two_calls_is_the_sequence_in_one() -> None:
    stack, inputs = _stack(), _inputs()
    whole = stack(inputs)
    first = stack(inputs[:, :4])
    second = stack(inputs[:, 4:], first.state)
    torch.testing.assert_close(torch.cat([first.outputs, second.outputs], 1), whole.outputs)
    torch.testing.assert_close(second.state, whole.state)


def test_hidden_dropout_lies_between_layers_only(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Tensor] = []

    def doubled(inputs: Tensor, probability: float, *, training: bool) -> Tensor:
        assert (probability, training) == (0.3, True)
        seen.append(inputs)
        return 2 * inputs

    monkeypatch.setattr(recurrent_stack, "sequence_dropout", doubled)
    stack, inputs = _stack(), _inputs()
    outputs, _ = stack(inputs, hidden_dropout=0.3)
    first, second, third = (reference_lstm(layer) for layer in stack.layers)
    between = first(inputs)[0]
    torch.testing.assert_close(seen[0], between)
    between = second(2 * between)[0]
    torch.testing.assert_close(seen[1], between)
    torch.testing.assert_close(outputs, third(2 * between)[0])


def test_lengths_and_weight_dropout_reach_every_layer(monkeypatch: pytest.MonkeyPatch) -> None:
    stack, inputs = _stack(bidirectional=True), _inputs()
    lengths = torch.tensor([9, 4, 1])
    alone = [stack(inputs[row : row + 1, :length]) for row, length in enumerate(lengths)]
    outputs, _ = stack(inputs, lengths=lengths)
    for row, length in enumerate(lengths):
        torch.testing.assert_close(outputs[row, :length], alone[row].outputs[0])
    stack(inputs, weight_dropout=0.5).outputs.sum().backward()
    for layer in stack.layers:
        assert (layer.directions[0].weight_hh.grad == 0).any()
        assert (layer.directions[1].weight_hh.grad == 0).any()


def test_a_detached_state_is_the_same_but_has_no_past() -> None:
    stack, inputs = _stack(), _inputs()
    state = stack(inputs).state
    cut = detach_state(state)
    torch.testing.assert_close(cut, state)
    assert all(part.requires_grad for layer in state for part in layer)
    assert not any(part.requires_grad for layer in cut for part in layer)


def test_rows_of_a_state_are_those_of_their_sequences() -> None:
    stack, inputs = _stack(), _inputs()
    state = stack(inputs).state
    torch.testing.assert_close(
        select_rows(state, torch.tensor([2, 0, 0])), stack(inputs[[2, 0, 0]]).state
    )
    kept = torch.tensor([True, False, True])
    torch.testing.assert_close(select_rows(state, kept), stack(inputs[kept]).state)


@pytest.mark.parametrize("bidirectional", [False, True])
def test_a_state_is_cut_at_its_end_or_grown_by_rows_of_zeros(bidirectional: bool) -> None:
    stack, inputs = _stack(bidirectional=bidirectional), _inputs()
    state = stack(inputs).state
    torch.testing.assert_close(resize_state(state, 2), stack(inputs[:2]).state)
    torch.testing.assert_close(resize_state(state, 3), state)
    grown = resize_state(state, 5)
    torch.testing.assert_close(select_rows(grown, torch.arange(3)), state)
    added = stack(inputs[[0, 1]], select_rows(grown, torch.tensor([3, 4])))
    torch.testing.assert_close(added, stack(inputs[[0, 1]]))  # as from the very start
