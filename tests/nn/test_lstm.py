"""The LSTM layer against `torch.nn.LSTM` with the same weights."""

import pytest
import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from tests.nn.reference import parameters, reference_lstm
from ulmus.errors import SettingsError
from ulmus.nn import lstm as lstm_module
from ulmus.nn.lstm import LstmLayer

BATCH, STEPS, GIVEN, MADE = 4, 7, 5, 3


def _layer(*, bidirectional: bool) -> LstmLayer:
    torch.manual_seed(0)
    return LstmLayer(GIVEN, MADE, bidirectional=bidirectional).double()


def _inputs() -> Tensor:
    generator = torch.Generator().manual_seed(1)
    return torch.randn(
        BATCH, STEPS, GIVEN, generator=generator, dtype=torch.float64, requires_grad=True
    )


def _judge(outputs: Tensor) -> Tensor:
    """Make one number of outputs that weighs each of them differently."""
    weights = torch.linspace(-1, 1, outputs.numel(), dtype=outputs.dtype).view_as(outputs)
    return (outputs * weights).sum()


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("bidirectional", [False, True])
def test_outputs_state_and_gradients_equal_torch(bidirectional: bool, training: bool) -> None:
    layer = _layer(bidirectional=bidirectional).train(training)
    lstm = reference_lstm(layer)
    inputs = _inputs()
    state = tuple(torch.randn(len(layer.directions), BATCH, MADE).double() for _ in range(2))
    outputs, new_state = layer(inputs, state)
    expected, expected_state = lstm(inputs, state)
    torch.testing.assert_close(outputs, expected)
    torch.testing.assert_close(new_state, expected_state)
    loss = _judge(outputs) + _judge(new_state[1])
    expected_loss = _judge(expected) + _judge(expected_state[1])
    torch.testing.assert_close(
        torch.autograd.grad(loss, [inputs, *parameters(layer)]),
        torch.autograd.grad(expected_loss, [inputs, *lstm.parameters()]),
    )


@pytest.mark.parametrize("bidirectional", [False, True])
def test_without_a_state_it_starts_from_zeros(bidirectional: bool) -> None:
    layer, inputs = _layer(bidirectional=bidirectional), _inputs()
    outputs, state = layer(inputs)
    expected, expected_state = reference_lstm(layer)(inputs)
    torch.testing.assert_close(outputs, expected)
    torch.testing.assert_close(state, expected_state)


def test_a_sequence_in_two_calls_is_the_sequence_in_one() -> None:
    layer, inputs = _layer(bidirectional=False), _inputs()
    whole, whole_state = layer(inputs)
    first, state = layer(inputs[:, :3])
    second, state = layer(inputs[:, 3:], state)
    torch.testing.assert_close(torch.cat([first, second], 1), whole)
    torch.testing.assert_close(state, whole_state)
    torch.testing.assert_close(  # the gradient flows through the state as well
        torch.autograd.grad(_judge(second), inputs)[0],
        torch.autograd.grad(_judge(whole[:, 3:].contiguous()), inputs)[0],
    )


@pytest.mark.parametrize("lengths", [[7, 7, 7, 7], [7, 5, 2, 1], [1, 7, 3, 7]])
def test_two_directions_with_lengths_equal_a_packed_sequence(lengths: list[int]) -> None:
    layer, inputs = _layer(bidirectional=True), _inputs()
    lstm = reference_lstm(layer)
    packed = pack_padded_sequence(inputs, torch.tensor(lengths), True, enforce_sorted=False)
    expected, _ = pad_packed_sequence(lstm(packed)[0], batch_first=True, total_length=STEPS)
    outputs, _ = layer(inputs, lengths=torch.tensor(lengths))
    inside = torch.arange(STEPS) < torch.tensor(lengths)[:, None]
    outputs = outputs.masked_fill(~inside[..., None], 0)
    torch.testing.assert_close(outputs, expected)
    torch.testing.assert_close(
        torch.autograd.grad(_judge(outputs), [inputs, *parameters(layer)]),
        torch.autograd.grad(_judge(expected), [inputs, *lstm.parameters()]),
    )


def test_a_row_of_full_length_ends_in_torchs_state() -> None:
    layer, inputs = _layer(bidirectional=True), _inputs()
    _, state = layer(inputs, lengths=torch.tensor([7, 3, 7, 0]))
    _, expected = reference_lstm(layer)(inputs)
    for given, wanted in zip(state, expected, strict=True):
        torch.testing.assert_close(given[:, [0, 2]], wanted[:, [0, 2]])


@pytest.fixture
def dropped(monkeypatch: pytest.MonkeyPatch) -> list[Tensor]:
    """Collect the recurrent weights that were in use after dropout."""
    seen: list[Tensor] = []

    def watched(weight: Tensor, probability: float, *, training: bool) -> Tensor:
        seen.append(drop(weight, probability, training=training))
        return seen[-1]

    drop = lstm_module.drop_weight
    monkeypatch.setattr(lstm_module, "drop_weight", watched)
    return seen


def test_both_directions_drop_their_recurrent_weight(dropped: list[Tensor]) -> None:
    layer = _layer(bidirectional=True)
    raw = [direction.weight_hh.detach().clone() for direction in layer.directions]
    layer(_inputs(), weight_dropout=0.5)
    masks = [used.detach() / weight for used, weight in zip(dropped, raw, strict=True)]
    assert [mask.unique().tolist() for mask in masks] == [[0.0, 2.0], [0.0, 2.0]]
    assert not torch.equal(*masks)
    for direction, weight in zip(layer.directions, raw, strict=True):
        assert torch.equal(direction.weight_hh, weight)


def test_dropped_weights_take_no_gradient_and_kept_ones_torchs(dropped: list[Tensor]) -> None:
    layer, inputs = _layer(bidirectional=True), _inputs()
    outputs, _ = layer(inputs, weight_dropout=0.5)
    lstm = reference_lstm(layer)
    masks = [
        used.detach() / direction.weight_hh.detach()
        for used, direction in zip(dropped, layer.directions, strict=True)
    ]
    lstm.weight_hh_l0.data.copy_(dropped[0].detach())
    lstm.weight_hh_l0_reverse.data.copy_(dropped[1].detach())
    expected, _ = lstm(inputs)
    torch.testing.assert_close(outputs, expected)
    _judge(outputs).backward()
    _judge(expected).backward()
    for direction, mask, suffix in zip(layer.directions, masks, ["", "_reverse"], strict=True):
        gradient = direction.weight_hh.grad
        assert gradient[mask == 0].count_nonzero() == 0
        assert (gradient[mask != 0] != 0).all()
        torch.testing.assert_close(gradient, mask * getattr(lstm, f"weight_hh_l0{suffix}").grad)


def test_each_call_draws_anew_in_training_and_nothing_in_evaluation() -> None:
    layer, inputs = _layer(bidirectional=False), _inputs()
    one, _ = layer(inputs, weight_dropout=0.5)
    two, _ = layer(inputs, weight_dropout=0.5)
    assert not torch.equal(one, two)
    layer.eval()
    drawn = torch.get_rng_state()
    outputs, _ = layer(inputs, weight_dropout=0.5)
    assert torch.equal(torch.get_rng_state(), drawn)
    torch.testing.assert_close(outputs, reference_lstm(layer)(inputs)[0])


def test_weights_start_within_torchs_range() -> None:
    layer = LstmLayer(30, 16, bidirectional=True)
    names = {name for name, _ in layer.named_parameters()}
    assert len(names) == 8
    for parameter in layer.parameters():
        assert isinstance(parameter, nn.Parameter)
        assert 0.15 < parameter.abs().max().item() <= 0.25  # 16 ** -0.5


@pytest.mark.parametrize(
    ("features", "hidden", "cell"),
    [
        (GIVEN + 1, (1, BATCH, MADE), (1, BATCH, MADE)),
        (GIVEN, (1, 1, MADE), (1, 1, MADE)),
        (GIVEN, (1, BATCH, MADE), (1, BATCH, MADE + 1)),
        (GIVEN, (1, BATCH + 1, MADE), (1, BATCH, MADE)),
    ],
)
def test_sizes_that_do_not_fit_are_told_before_the_kernel_reads_them(
    features: int, hidden: tuple[int, ...], cell: tuple[int, ...]
) -> None:
    layer = LstmLayer(GIVEN, MADE)
    with pytest.raises(
        SettingsError,
        match=r"do not fit the layer or each other: .*; "
        rf"accepted: \({BATCH}, steps, {GIVEN}\) and twice \(1, {BATCH}, {MADE}\)\. Give the state",
    ):
        layer(torch.zeros(BATCH, STEPS, features), (torch.zeros(hidden), torch.zeros(cell)))


@pytest.mark.parametrize("bidirectional", [False, True])
def test_one_step_without_gradients_equals_torch(
    bidirectional: bool,
) -> None:
    layer, inputs = _layer(bidirectional=bidirectional), _inputs()
    state = tuple(torch.randn(len(layer.directions), BATCH, MADE).double() for _ in range(2))
    with torch.no_grad():
        outputs, after = layer(inputs[:, :1], state)
        expected, expected_state = reference_lstm(layer)(inputs[:, :1], state)
    torch.testing.assert_close(outputs, expected)
    torch.testing.assert_close(after, expected_state)
