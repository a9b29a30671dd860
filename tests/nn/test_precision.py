"""Which precision is taken where."""

import pytest
import torch

from ulmus.errors import SettingsError
from ulmus.nn import precision
from ulmus.nn.precision import multiplies_bfloat16, resolve_precision

CPU = torch.device("cpu")


def test_auto_follows_the_processor(monkeypatch: pytest.MonkeyPatch) -> None:
    for has_it, wanted in ((True, "bf16"), (False, "fp32")):
        monkeypatch.setattr(precision, "multiplies_bfloat16", lambda _device, it=has_it: it)
        assert resolve_precision("auto", CPU) == wanted
        assert resolve_precision("fp32", CPU) == "fp32"


def test_bf16_is_refused_where_it_would_be_no_faster(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(precision, "multiplies_bfloat16", lambda _device: False)
    with pytest.raises(SettingsError, match=r"this processor has no bf16 arithmetic.*auto, fp32"):
        resolve_precision("bf16", CPU)


@pytest.mark.parametrize(
    ("library", "avx512", "amx", "has_it"),
    [
        (True, True, False, True),
        (True, False, True, True),
        (True, False, False, False),
        (False, True, True, False),
    ],
)
def test_a_cpu_needs_the_instructions_and_the_library(
    library: bool, avx512: bool, amx: bool, has_it: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(precision, "reorders_weights", lambda: library)
    monkeypatch.setattr(torch.cpu, "_is_avx512_bf16_supported", lambda: avx512)
    monkeypatch.setattr(torch.cpu, "_is_amx_tile_supported", lambda: amx)
    expected = has_it and torch.ops.mkldnn._is_mkldnn_bf16_supported()
    assert multiplies_bfloat16(CPU) is expected
    assert not multiplies_bfloat16(torch.device("meta"))
