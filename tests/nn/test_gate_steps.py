"""A step's gates, compiled and by torch, beside the formulas in double precision."""

import pytest
import torch
from torch import Tensor

from ulmus.nn import gate_kernels, gate_steps
from ulmus.nn.gate_steps import backward_step, forward_step

SIZES = [(1, 1, 1), (3, 2, 7), (5, 0, 33), (4, 4, 1152), (64, 60, 1152)]
TOLERANCES = {torch.float32: 2e-6, torch.bfloat16: 1e-2}


@pytest.fixture(params=["compiled", "torch"], autouse=True)
def way(request, monkeypatch):
    if request.param == "torch":
        monkeypatch.setattr(gate_steps, "gate_kernels", lambda: None)
    elif gate_kernels.gate_kernels() is None:
        pytest.skip("the gates were not compiled when the package was installed")
    return request.param


def opened(product: Tensor) -> list[Tensor]:
    """The gates of a product in which gate g is doubled."""
    i, f, g, o = product.chunk(4, 1)
    return [i.sigmoid(), f.sigmoid(), (g / 2).tanh(), o.sigmoid()]


def drawn(rows: int, size: int, operand: torch.dtype) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(rows * size)
    product = 3 * torch.randn(rows, 4 * size, generator=generator)
    return product.to(operand), torch.randn(rows, size, generator=generator)


def near(found: Tensor, wanted: Tensor, operand: torch.dtype) -> None:
    tolerance = TOLERANCES[operand]
    torch.testing.assert_close(found.double(), wanted, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("operand", TOLERANCES)
@pytest.mark.parametrize(("rows", "seen_rows", "size"), SIZES)
def test_a_step_is_the_formula(rows, seen_rows, size, operand):
    product, cell = drawn(rows, size, operand)
    i, f, g, o = opened(product.double())
    new_cell = f * cell.double() + i * g
    output, seen = torch.empty(rows, size), torch.full((seen_rows, size), 7.0, dtype=operand)
    kept = torch.empty_like(product), torch.empty(rows, size, dtype=operand)
    forward_step(product, cell, output, seen=seen, kept=kept)
    near(cell, new_cell, torch.float32)
    near(output, o * new_cell.tanh(), torch.float32)
    assert torch.equal(seen, output[:seen_rows].to(operand))
    near(kept[0], torch.cat([i, f, g, o], 1), operand)
    assert torch.equal(kept[1], cell.to(operand))


@pytest.mark.parametrize("operand", TOLERANCES)
def test_nothing_needs_to_be_kept(operand):
    product, cell = drawn(3, 20, operand)
    others = cell.clone()
    output, same = torch.empty(3, 20), torch.empty(3, 20)
    forward_step(product, cell, output)
    kept = torch.empty_like(product), torch.empty(3, 20, dtype=operand)
    forward_step(product, others, same, kept=kept)
    assert torch.equal(output, same)
    assert torch.equal(cell, others)


@pytest.mark.parametrize("operand", TOLERANCES)
@pytest.mark.parametrize(("rows", "hidden_rows", "size"), SIZES)
def test_a_step_back_is_what_autograd_finds(rows, hidden_rows, size, operand):
    product, before = drawn(rows, size, operand)
    before = before.to(operand)
    exact, exact_cell = product.double().requires_grad_(), before.double().requires_grad_()
    i, f, g, o = opened(exact)
    after = f * exact_cell + i * g
    output = o * after.tanh()
    generator = torch.Generator().manual_seed(1)
    # What an output's gradient is often: rows of a larger tensor that are not side by side.
    for_output = torch.randn(rows, 3, size, generator=generator)[:, 1]
    for_hidden = torch.randn(hidden_rows, size, generator=generator).to(operand)
    for_cell = torch.randn(rows, size, generator=generator)
    whole = for_output.double()
    whole[:hidden_rows] += for_hidden.double()
    torch.autograd.backward([output, after], [whole, for_cell.double()])
    kept = torch.cat([i, f, g, o], 1).detach().to(operand), before, after.detach().to(operand)
    for_gates = torch.empty_like(product)
    backward_step(kept, for_output, for_hidden, for_cell, for_gates)
    wanted = exact.grad
    wanted.chunk(4, 1)[2].mul_(2)  # the doubling is the weights' affair
    tolerance = {torch.float32: 3e-6, torch.bfloat16: 3e-2}[operand]
    torch.testing.assert_close(for_gates.double(), wanted, rtol=tolerance, atol=tolerance)
    torch.testing.assert_close(for_cell.double(), exact_cell.grad, rtol=tolerance, atol=tolerance)


def test_gradients_that_are_repeated_in_memory_are_read_rightly():
    kept = torch.rand(2, 12), torch.rand(2, 3), torch.rand(2, 3)
    found = []
    for for_output in (torch.ones(2, 1).expand(2, 3), torch.ones(2, 3)):
        for_gates = torch.empty(2, 12)
        backward_step(kept, for_output, torch.empty(0, 3), torch.zeros(2, 3), for_gates)
        found.append(for_gates)
    torch.testing.assert_close(*found)


def test_large_numbers_saturate_and_nan_stays():
    for operand in TOLERANCES:
        product = torch.tensor([[1e4, -1e4, 1e4, 1e4], [-1e4, 1e4, 0, -1e4]], dtype=operand)
        cell, output = torch.tensor([[2.0], [5.0]]), torch.empty(2, 1)
        forward_step(product, cell, output)
        torch.testing.assert_close(cell, torch.tensor([[1.0], [5.0]]))
        assert output[0].item() == pytest.approx(0.7615942, abs=1e-6)
        assert output[1].item() == pytest.approx(0, abs=1e-30)
        product[0, 0] = torch.nan
        seen = torch.empty(2, 1, dtype=operand)
        forward_step(product, cell, output, seen=seen)
        assert seen.isnan().tolist() == output.isnan().tolist() == [[True], [False]]


def test_threads_give_what_one_gives(way):
    if way == "torch":
        pytest.skip("torch's own functions depend on how many threads there are")
    product, cell = drawn(64, 1150, torch.bfloat16)
    threads, found = torch.get_num_threads(), []
    for count in (1, 2, 3):
        torch.set_num_threads(count)
        output = torch.empty(64, 1150)
        forward_step(product, cell.clone(), output)
        found.append(output)
    torch.set_num_threads(threads)
    assert torch.equal(found[0], found[1])
    assert torch.equal(found[0], found[2])
