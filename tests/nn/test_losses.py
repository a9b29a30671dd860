"""The fused cross-entropy against `torch.nn.functional`, in value, gradient and memory."""

from typing import Any

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F
from torch.utils._python_dispatch import TorchDispatchMode

from ulmus.nn import losses
from ulmus.nn.losses import IGNORED, linear_cross_entropy


def _case(rows: int = 150, features: int = 6, words: int = 11) -> list[Tensor]:
    generator = torch.Generator().manual_seed(0)
    hidden, weight, bias = (
        torch.randn(shape, generator=generator, dtype=torch.float64, requires_grad=True)
        for shape in [(rows, features), (words, features), (words,)]
    )
    targets = torch.randint(0, words, (rows,), generator=generator)
    targets[::4] = IGNORED
    return [hidden, weight, bias, targets]


def _reference(hidden: Tensor, weight: Tensor, bias: Tensor, targets: Tensor) -> Tensor:
    return F.cross_entropy(F.linear(hidden, weight, bias), targets, reduction="sum")


@pytest.mark.parametrize("chunk_elements", [1, 64 * 11, 100 * 11, 150 * 11, 8_000_000])
def test_value_and_gradients_equal_torch(
    chunk_elements: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(losses.CHUNK_ELEMENTS, "fp32", chunk_elements)
    hidden, weight, bias, targets = _case()
    total = linear_cross_entropy(hidden, weight, bias, targets)
    expected = _reference(hidden, weight, bias, targets)
    torch.testing.assert_close(total, expected)
    given = torch.autograd.grad(3 * total, (hidden, weight, bias))
    torch.testing.assert_close(given, torch.autograd.grad(3 * expected, (hidden, weight, bias)))
    assert given[0][::4].count_nonzero() == 0  # uncounted rows pull at nothing


def test_the_gradient_passes_a_numerical_check(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(losses.CHUNK_ELEMENTS, "fp32", 1)  # chunks of 64 rows
    hidden, weight, bias, targets = _case(rows=70, features=2, words=3)
    assert torch.autograd.gradcheck(
        lambda *inputs: linear_cross_entropy(*inputs, targets), (hidden, weight, bias)
    )


def test_single_precision_and_strided_rows() -> None:
    _, weight, bias, targets = _case()
    hidden = torch.randn(6, 150).t().requires_grad_()
    weight, bias = (value.detach().float().requires_grad_() for value in (weight, bias))
    total = linear_cross_entropy(hidden, weight, bias, targets)
    expected = _reference(hidden, weight, bias, targets)
    torch.testing.assert_close(total, expected)
    torch.testing.assert_close(
        torch.autograd.grad(total, (hidden, weight, bias)),
        torch.autograd.grad(expected, (hidden, weight, bias)),
    )


@pytest.mark.parametrize("frozen", [0, 1, 2])
def test_what_is_frozen_takes_no_gradient(frozen: int) -> None:
    *inputs, targets = _case()
    inputs[frozen] = inputs[frozen].detach()
    wanted = [value for value in inputs if value.requires_grad]
    torch.testing.assert_close(
        torch.autograd.grad(linear_cross_entropy(*inputs, targets), wanted),
        torch.autograd.grad(_reference(*inputs, targets), wanted),
    )


def test_nothing_counted_is_no_loss() -> None:
    hidden, weight, bias, targets = _case()
    total = linear_cross_entropy(hidden, weight, bias, torch.full_like(targets, IGNORED))
    total.backward()
    assert total.item() == 0
    assert all(value.grad.count_nonzero() == 0 for value in (hidden, weight, bias))


PRODUCTS = (torch.ops.aten.mm, torch.ops.aten.addmm, torch.ops.aten.addmm_, torch.ops.aten.linear)


class _Watch(TorchDispatchMode):
    """Notes the largest tensor made and how many matrix products made it."""

    def __init__(self) -> None:
        super().__init__()
        self.largest = 0
        self.products = 0

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        out = func(*args, **(kwargs or {}))
        if isinstance(out, Tensor):
            self.largest = max(self.largest, out.numel())
        self.products += func.overloadpacket in PRODUCTS
        return out


def test_logits_never_exist_for_more_than_a_chunk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(losses.CHUNK_ELEMENTS, "fp32", 100 * 64)
    hidden, weight, bias, targets = _case(rows=1000, features=4, words=100)
    with _Watch() as watch:
        linear_cross_entropy(hidden, weight, bias, targets).backward()
    assert watch.largest <= 100 * 64  # all logits are 100 * 1000
    with _Watch() as watch:
        _reference(hidden, weight, bias, targets)
    assert watch.largest >= 100 * 1000  # the watch sees them where they are made


@pytest.mark.parametrize("mode", [torch.no_grad, torch.inference_mode])
def test_without_gradients_none_are_computed(mode: Any) -> None:
    hidden, weight, bias, targets = _case()
    with mode(), _Watch() as watch:
        total = linear_cross_entropy(hidden, weight, bias, targets)
    assert watch.products == 1
    assert not total.requires_grad
    torch.testing.assert_close(total.item(), _reference(hidden, weight, bias, targets).item())


@pytest.mark.parametrize("chunk_elements", [1, 150 * 11])
def test_bf16_is_within_a_hundredth(chunk_elements: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(losses.CHUNK_ELEMENTS, "bf16", chunk_elements)
    monkeypatch.setattr(losses, "WORDS_AT_ONCE", 4)
    *inputs, targets = _case()
    single = [value.detach().float().requires_grad_() for value in inputs]
    total = linear_cross_entropy(*single, targets, precision="bf16")
    expected = _reference(*inputs, targets)
    assert total.dtype == torch.float32
    assert total.item() == pytest.approx(expected.item(), rel=1e-3)
    grads = torch.autograd.grad(total, single)
    for grad, right in zip(grads, torch.autograd.grad(expected, inputs), strict=True):
        assert grad.dtype == torch.float32
        assert (grad.double() - right).norm() < 1e-2 * right.norm()
    assert grads[0][::4].count_nonzero() == 0


@pytest.mark.parametrize("precision", ["fp32", "bf16"])
def test_a_probability_that_vanishes_has_a_finite_loss(precision: Any) -> None:
    hidden, weight = torch.tensor([[200.0], [1.0]]), torch.tensor([[1.0], [0.0], [-1.0]])
    targets = torch.tensor([2, 0])
    total = linear_cross_entropy(hidden, weight, torch.zeros(3), targets, precision=precision)
    assert total.item() == pytest.approx(400 + 0.4076, rel=1e-3)


def test_in_bf16_too_logits_never_exist_for_more_than_a_chunk(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(losses.CHUNK_ELEMENTS, "bf16", 100 * 64)
    *inputs, targets = _case(rows=1000, features=4, words=100)
    single = [value.detach().float().requires_grad_() for value in inputs]
    with _Watch() as watch:
        linear_cross_entropy(*single, targets, precision="bf16").backward()
    assert watch.largest <= 100 * 64
