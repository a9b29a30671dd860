"""Products through the faster library: exact, and the switch goes back."""

import threading

import pytest
import torch

from ulmus.nn.precision import reorders_weights
from ulmus.nn.products import Weight, fast_products, onednn_is_exact


def _switch() -> str:
    return torch.backends.mkldnn.matmul.fp32_precision


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize("rows", [1, 3, 200])
def test_a_rearranged_weight_gives_the_same_products(dtype: torch.dtype, rows: int) -> None:
    torch.manual_seed(0)
    weight, bias = torch.randn(48, 32).to(dtype), torch.randn(48).to(dtype)
    read, addend = torch.randn(rows, 32).to(dtype), torch.randn(rows, 48).to(dtype)
    product = Weight(weight)
    exact = read.double() @ weight.double().t()
    bound = {"rtol": 1e-5, "atol": 1e-5} if dtype == torch.float32 else {"rtol": 2e-2, "atol": 0.1}
    torch.testing.assert_close(product(read).double(), exact, **bound)
    torch.testing.assert_close(product(read, bias).double(), exact + bias.double(), **bound)
    torch.testing.assert_close(product.added(read, addend).double(), exact + addend, **bound)


def test_a_transposed_weight_is_taken_as_it_stands() -> None:
    weight, read = torch.randn(16, 24), torch.randn(5, 16)
    torch.testing.assert_close(Weight(weight.t())(read), read @ weight)


def test_a_weight_where_the_library_cannot_rearrange(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ulmus.nn.products.reorders_weights", lambda: False)
    weight, read, addend = torch.randn(16, 24), torch.randn(5, 24), torch.randn(5, 16)
    torch.testing.assert_close(Weight(weight)(read), read @ weight.t())
    torch.testing.assert_close(Weight(weight).added(read, addend), read @ weight.t() + addend)


def test_fast_products_keep_single_precision() -> None:
    torch.manual_seed(0)
    left, right = torch.randn(300, 700), torch.randn(700, 500)
    with fast_products():
        product = left @ right
    error = (product.double() - left.double() @ right.double()).abs().max()
    assert error < 1e-3  # bfloat16 would be off by some tenths


def test_the_switch_goes_back_when_the_last_block_ends() -> None:
    before = _switch()
    with fast_products():
        with fast_products():
            pass
        inside = _switch()
    assert inside == ("bf16" if onednn_is_exact() else before)
    assert _switch() == before


def test_the_switch_goes_back_after_blocks_of_several_threads_that_overlap() -> None:
    before = _switch()
    first_is_in, second_is_in, first_is_out = (threading.Event() for _ in range(3))
    after_first = []

    def first() -> None:
        with fast_products():
            first_is_in.set()
            second_is_in.wait(10)
        first_is_out.set()

    def second() -> None:
        first_is_in.wait(10)
        with fast_products():
            second_is_in.set()
            first_is_out.wait(10)
            after_first.append(_switch())

    threads = [threading.Thread(target=each) for each in (first, second)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert after_first == ["bf16" if onednn_is_exact() else before]
    assert _switch() == before


def test_a_cpu_with_matrix_tiles_is_not_trusted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cpu, "_is_amx_tile_supported", lambda: True)
    assert onednn_is_exact.__wrapped__() is False


@pytest.mark.skipif(not reorders_weights(), reason="this torch is built without oneDNN")
def test_the_probe_notices_products_that_are_rounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cpu, "_is_amx_tile_supported", lambda: False)
    exact = torch.Tensor.__matmul__

    def rounded(left: torch.Tensor, right: torch.Tensor) -> torch.Tensor:
        if left.dtype == torch.float32:
            left, right = left.bfloat16().float(), right.bfloat16().float()
        return exact(left, right)

    monkeypatch.setattr(torch.Tensor, "__matmul__", rounded)
    assert onednn_is_exact.__wrapped__() is False
    assert _switch() != "bf16"
