"""In which precision matrix products are computed, and what a processor does well.

In `bf16` the operands of the large products are rounded to bfloat16, eight bits of mantissa, and
summed in single precision; weights, recurrent state, gates, normalisation, softmax and losses
stay in single precision.
"""

from typing import Literal

import torch

from ulmus.errors import SettingsError

Precision = Literal["fp32", "bf16"]
"""What a model computes in."""

PrecisionChoice = Literal["auto", "fp32", "bf16"]
"""What a user may ask for."""

OPERANDS: dict[Precision, torch.dtype] = {"fp32": torch.float32, "bf16": torch.bfloat16}


def resolve_precision(choice: PrecisionChoice, device: torch.device) -> Precision:
    """Return the precision that a device is to compute in.

    Args:
        choice: `auto` takes bf16 where the device multiplies it faster than fp32.
        device: Where.

    Raises:
        SettingsError: bf16 on a device that is no faster with it.
    """
    if choice == "fp32":
        return "fp32"
    if multiplies_bfloat16(device):
        return "bf16"
    if choice == "auto":
        return "fp32"
    raise SettingsError(
        f"this {'processor' if device.type == 'cpu' else 'device'} has no bf16 arithmetic",
        given="precision = bf16",
        accepted="auto, fp32",
        remedy="Leave the precision at auto, which takes what the machine does well",
    )


def multiplies_bfloat16(device: torch.device) -> bool:
    """Return whether a device has instructions that multiply bfloat16.

    A CPU without AVX512-BF16 or AMX imitates them at the speed of fp32 or less.
    """
    if device.type == "cuda":
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    if device.type != "cpu" or not reorders_weights():
        return False
    library = torch.ops.mkldnn._is_mkldnn_bf16_supported()
    cpu = torch.cpu
    return bool(library and (cpu._is_avx512_bf16_supported() or cpu._is_amx_tile_supported()))


def reorders_weights() -> bool:
    """Return whether torch was built with the CPU library that keeps weights in its own order."""
    return torch.backends.mkldnn.is_available() and hasattr(
        torch.ops.mkldnn, "_reorder_linear_weight"
    )
