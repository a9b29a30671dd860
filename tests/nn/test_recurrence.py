"""The LSTM of our own against `torch.nn.LSTM` in double precision, and what it costs."""

from collections import Counter
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode

from ulmus.nn import gate_steps
from ulmus.nn.lstm import LstmLayer, run_lstm
from ulmus.nn.lstm_kernels import gains_by_bfloat16
from ulmus.nn.precision import reorders_weights
from ulmus.nn.recurrence import PreparedLstm, Ragged, lstm_sequence

BATCH, STEPS, GIVEN, MADE = 5, 9, 24, 32
TOLERANCES = {torch.float32: 1e-5, torch.bfloat16: 1e-2}
TYPES = list(TOLERANCES)


@pytest.fixture(params=["compiled", "torch"], autouse=True)
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """The gates as they are compiled, if they are, and as torch computes them."""
    if request.param == "torch":
        monkeypatch.setattr(gate_steps, "gate_kernels", lambda: None)


def _weights(seed: int = 0) -> nn.LSTM:
    torch.manual_seed(seed)
    return nn.LSTM(GIVEN, MADE, batch_first=True).double()


def _case(lstm: nn.LSTM) -> tuple[list[Tensor], list[Tensor]]:
    """Return what is read, in double precision and in single, each asking for gradients."""
    generator = torch.Generator().manual_seed(1)
    shapes = [(BATCH, STEPS, GIVEN), (BATCH, MADE), (BATCH, MADE)]
    given = [torch.randn(s, generator=generator, dtype=torch.float64) for s in shapes]
    given += [lstm.weight_ih_l0, lstm.weight_hh_l0, lstm.bias_ih_l0 + lstm.bias_hh_l0]
    double = [value.detach().clone().requires_grad_() for value in given]
    return double, [value.detach().float().requires_grad_() for value in double]


def _reference(inputs: list[Tensor]) -> tuple[Tensor, Tensor, Tensor]:
    read, hidden, cell, weight_ih, weight_hh, bias = inputs
    outputs, (last, kept) = torch.func.functional_call(
        _weights(),
        {
            "weight_ih_l0": weight_ih,
            "weight_hh_l0": weight_hh,
            "bias_ih_l0": bias,
            "bias_hh_l0": torch.zeros_like(bias),
        },
        (read, (hidden[None], cell[None])),
    )
    return outputs, last[0], kept[0]


def _judge(result: tuple[Tensor, ...]) -> Tensor:
    """Make one number of a result that weighs each output and state differently."""
    flat = torch.cat([part.double().flatten() for part in result])
    return (flat * torch.linspace(-1, 1, len(flat), dtype=torch.float64).cos()).sum()


def _relative_error(value: Tensor, expected: Tensor) -> float:
    return ((value.double() - expected).norm() / expected.norm()).item()


@pytest.mark.parametrize("operand", TYPES)
def test_outputs_states_and_all_gradients_equal_torch_in_double_precision(
    operand: torch.dtype,
) -> None:
    double, single = _case(_weights())
    expected = _reference(double)
    result = lstm_sequence(single[0], (single[1], single[2]), tuple(single[3:]), operand)
    bound = TOLERANCES[operand]
    for value, right in zip(result, expected, strict=True):
        assert value.dtype == torch.float32
        assert _relative_error(value, right) < bound
    grads = torch.autograd.grad(_judge(result), single)
    for grad, right in zip(grads, torch.autograd.grad(_judge(expected), double), strict=True):
        assert _relative_error(grad, right) < bound


@pytest.mark.parametrize("operand", TYPES)
@pytest.mark.parametrize("steps", [1, STEPS])
def test_reading_without_gradients_gives_the_same(operand: torch.dtype, steps: int) -> None:
    double, single = _case(_weights())
    double[0], single[0] = double[0][:, :steps], single[0][:, :steps]
    prepared = PreparedLstm.of(single[3], single[4], single[5], operand)
    with torch.inference_mode():
        result = prepared.read(*(value.detach() for value in single[:3]))
    for value, right in zip(result, _reference(double), strict=True):
        assert _relative_error(value, right) < TOLERANCES[operand]


def test_what_was_given_is_left_as_it_was() -> None:
    _, single = _case(_weights())
    before = [value.detach().clone() for value in single]
    result = lstm_sequence(single[0], (single[1], single[2]), tuple(single[3:]), torch.bfloat16)
    torch.autograd.grad(_judge(result), single)
    PreparedLstm.of(single[3], single[4], single[5], torch.float32).read(*before[:3])
    torch.testing.assert_close([value.detach() for value in single], before, rtol=0, atol=0)


def test_only_wanted_gradients_are_computed() -> None:
    _, single = _case(_weights())
    frozen = [value.detach() for value in single]
    frozen[0] = frozen[0].requires_grad_()
    with _Calls() as calls:
        result = lstm_sequence(frozen[0], (frozen[1], frozen[2]), tuple(frozen[3:]), torch.bfloat16)
        _judge(result).backward()
    assert calls.of["mm"] == 0  # the products of the weights' gradients
    assert frozen[0].grad is not None


class _Calls(TorchDispatchMode):
    """Counts what is called."""

    def __init__(self) -> None:
        super().__init__()
        self.of: Counter[str] = Counter()

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        self.of[func.overloadpacket.__name__] += 1
        return func(*args, **(kwargs or {}))


@pytest.mark.skipif(not reorders_weights(), reason="this torch is built without oneDNN")
def test_a_step_is_one_product_forward_and_one_back_and_weights_take_one_in_all() -> None:
    _, single = _case(_weights())
    with _Calls() as forward:
        result = lstm_sequence(single[0], (single[1], single[2]), tuple(single[3:]), torch.bfloat16)
    loss = _judge(result)
    with _Calls() as backward:
        torch.autograd.grad(loss, single)
    projections = -(-BATCH * STEPS // 65)  # 65 is the least multiple of 5 rows above 64
    assert forward.of["_linear_pointwise"] == STEPS + projections
    assert backward.of["_linear_pointwise"] == STEPS + projections
    assert backward.of["mm"] == 2
    assert forward.of["_reorder_linear_weight"] == backward.of["_reorder_linear_weight"] == 2


def test_small_layers_and_double_precision_stay_with_the_library() -> None:
    large = torch.empty(2048, 512)  # hidden size 512
    assert gains_by_bfloat16(torch.empty(32, 4, 3), large, "bf16")
    assert not gains_by_bfloat16(torch.empty(32, 4, 3), large, "fp32")
    assert not gains_by_bfloat16(torch.empty(32, 4, 3).double(), large, "bf16")
    assert not gains_by_bfloat16(torch.empty(32, 4, 3), torch.empty(512, 128), "bf16")


@pytest.mark.parametrize("training", [True, False])
def test_a_large_layer_in_bf16_is_close_to_fp32_and_not_equal(training: bool) -> None:
    torch.manual_seed(0)
    layer = LstmLayer(16, 512).train(training)
    inputs = torch.randn(8, 5, 16)
    exact, exact_state = layer(inputs)
    rounded, state = layer(inputs, precision="bf16")
    assert 1e-4 < _relative_error(rounded, exact.detach().double()) < 1e-2
    assert _relative_error(state[1], exact_state[1].detach().double()) < 1e-2
    with torch.inference_mode():
        read, _ = layer(inputs, precision="bf16")
    torch.testing.assert_close(read, rounded.detach(), rtol=1e-2, atol=1e-3)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
@pytest.mark.parametrize(("precision", "bound"), [("fp32", 1e-3), ("bf16", 2e-2)])
def test_on_a_gpu_it_is_the_librarys_kernel(precision: Any, bound: float) -> None:
    double, single = _case(_weights())
    moved = [value.detach().cuda().requires_grad_() for value in single]
    weights = [moved[3], moved[4], moved[5], torch.zeros_like(moved[5])]
    outputs, last, kept = run_lstm(
        moved[0], moved[1][None], moved[2][None], weights, training=True, precision=precision
    )
    expected = _reference(double)
    assert _relative_error(outputs.cpu(), expected[0]) < bound
    grads = torch.autograd.grad(_judge((outputs.cpu(), last[0].cpu(), kept[0].cpu())), moved)
    for grad, right in zip(grads, torch.autograd.grad(_judge(expected), double), strict=True):
        assert _relative_error(grad.cpu(), right) < bound


@pytest.mark.parametrize("operand", TYPES)
@pytest.mark.parametrize("cut_every", [2, 4, STEPS])
def test_ragged_rows_equal_each_row_by_itself_with_its_state_cut(
    operand: torch.dtype, cut_every: int
) -> None:
    lengths = [9, 7, 7, 2, 1]
    double, single = _case(_weights())
    rows = tuple(sum(length > step for length in lengths) for step in range(STEPS))
    expected = torch.zeros(BATCH, STEPS, MADE, dtype=torch.float64)
    for row, length in enumerate(lengths):
        state = [each[row : row + 1] for each in double[1:3]]
        for start in range(0, length, cut_every):
            part = slice(start, min(start + cut_every, length))
            outputs, *state = _reference([double[0][row : row + 1, part], *state, *double[3:]])
            expected[row, part] = outputs[0]
            state = [each.detach() for each in state]
    outputs, last, kept = lstm_sequence(
        single[0],
        (single[1], single[2]),
        tuple(single[3:]),
        operand,
        ragged=Ragged(rows, cut_every),
    )
    assert last.shape == kept.shape == (1, MADE)  # only the longest is there at the end
    assert _relative_error(outputs, expected) < TOLERANCES[operand]
    assert outputs[1, 7:].count_nonzero() == 0
    grads = torch.autograd.grad(_judge((outputs,)), single)
    for grad, right in zip(grads, torch.autograd.grad(_judge((expected,)), double), strict=True):
        assert _relative_error(grad, right) < TOLERANCES[operand]
    prepared = PreparedLstm.of(single[3], single[4], single[5], operand)
    with torch.inference_mode():
        read, *_ = prepared.read(*(value.detach() for value in single[:3]), rows)
    assert _relative_error(read, expected) < TOLERANCES[operand]
