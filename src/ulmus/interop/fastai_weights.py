"""A `.pth` file as tensors: loaded without running anything in it, and checked one by one."""

import errno
import re
import warnings
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.serialization import safe_globals

from ulmus.errors import BundleError

ACCEPTED = "a file of learn.save, learn.save_encoder or torch.save(model.state_dict(), FILE)"
FLOATS = {torch.float16, torch.bfloat16, torch.float32, torch.float64}
COUNTER = "num_batches_tracked"
GLOBAL = re.compile(r"GLOBAL (\S+)")
DAMAGED = "it is damaged, or PyTorch did not write it, or with another pickle protocol than 2"
PICKLE = "data.pkl"
MOST_PICKLED = 1 << 22
"""Bytes that name 20,000 tensors; a model with its optimizer's state has some hundred."""
MOST_NAMES = 4
"""How often a number may be read; a tied embedding has three names."""
MOST_GROWTH, LEAST_SUSPECT = 20, 1 << 28
"""A compressed file that grows more, and to more bytes than the second, is taken for a bomb."""
SLACK = 1 << 24
"""Bytes that may be shared without limit, as small tensors of zeros are."""


class Ignored:
    """What stands for an object of the optimizer's state, of which nothing is used."""

    def __new__(cls, *_arguments: object) -> "Ignored":
        """Make one of any arguments."""
        return super().__new__(cls)

    def __setstate__(self, _state: object) -> None:
        """Take no state."""


# `learn.save` writes the optimizer's hyper-parameters beside the weights: an `L` of dictionaries,
# with NumPy's numbers in it where layer groups learn at different rates.
OF_AN_OPTIMIZER: list[Callable[..., Any] | tuple[Callable[..., Any], str]] = [
    (Ignored, name)
    for name in (
        "fastcore.foundation.L",
        "fastcore.basics.L",
        "numpy.dtype",
        "numpy.core.multiarray.scalar",
        "numpy._core.multiarray.scalar",
    )
]


def read_weights(path: Path) -> dict[str, Tensor]:
    """Return the tensors of a `.pth` file by their names, as 32-bit floats on the CPU.

    Args:
        path: A state dictionary, or a dictionary with one as `model` and an optimizer's as `opt`.

    Raises:
        BundleError: The file cannot be read, holds anything but tensors, or a value in it is no
            number.
    """
    state, held = _loaded(path)
    if isinstance(state, Mapping) and "model" in state and set(state) <= {"model", "opt"}:
        state = state["model"]
    if not isinstance(state, Mapping) or not state:
        raise _no_tensors(path, f"a {type(state).__name__}, not a dictionary of tensors")
    for name, value in state.items():
        if not isinstance(name, str) or not isinstance(value, Tensor):
            raise _no_tensors(path, f"{name!r:.80} is a {type(value).__name__}, not a tensor")
    claimed = sum(value.numel() * value.element_size() for value in state.values())
    views = {name: _plain(path, name, value.detach()) for name, value in state.items()}
    if claimed > MOST_NAMES * held + SLACK:
        told = f"its tensors claim {claimed:,} bytes and the file holds {held:,}"
        raise _no_tensors(path, told)
    return {name: _copied(path, name, view) for name, view in views.items()}


def _loaded(path: Path) -> tuple[Any, int]:
    """Return what a file holds, and how many bytes of it there are when it is unpacked."""
    if path.is_dir():
        raise BundleError(
            "a folder in place of a file of weights",
            given=path,
            accepted=ACCEPTED,
            remedy="Name the .pth file in it",
        )
    try:
        with warnings.catch_warnings(), safe_globals(OF_AN_OPTIMIZER):
            warnings.simplefilter("ignore")  # what there is to say is said below, in one line
            mapped, held = _packing(path)
            return torch.load(path, map_location="cpu", weights_only=True, mmap=mapped), held
    except BundleError:
        raise
    # Damaged or hostile bytes make the reader fail in every way there is.
    except Exception as error:
        raise _unreadable(path, error) from None


def _packing(path: Path) -> tuple[bool, int]:
    """Return whether a file can be mapped, and how many bytes it holds when it is unpacked.

    Mapped, an optimizer's state, twice the weights, is never read. Files written before PyTorch
    1.6 are no archives and cannot be mapped; nor can what another program has compressed.
    """
    size = path.stat().st_size
    if not zipfile.is_zipfile(path):
        return False, size
    with zipfile.ZipFile(path) as archive:
        entries = archive.infolist()
    if any(x.file_size > MOST_PICKLED and x.filename.endswith(PICKLE) for x in entries):
        raise BundleError(
            "the pickle of the weights is larger than that of any model",
            given=path,
            accepted=f"at most {MOST_PICKLED:,} bytes of {PICKLE}",
            remedy="Save the model's state dictionary alone",
        )
    if all(entry.compress_type == zipfile.ZIP_STORED for entry in entries):
        return True, size
    unpacked = sum(entry.file_size for entry in entries)
    if unpacked > max(LEAST_SUSPECT, MOST_GROWTH * size):
        raise BundleError(
            f"the weights grow to more than {MOST_GROWTH} times their size when unpacked",
            given=path,
            accepted="weights as PyTorch writes them, which are not compressed",
            remedy="If they are what they should be, load and save them with PyTorch first",
        )
    return False, unpacked


def _plain(path: Path, name: str, tensor: Tensor) -> Tensor:
    """Refuse what is no plain array of numbers."""
    if tensor.layout != torch.strided or tensor.is_quantized or tensor.device.type != "cpu":
        raise _no_tensors(path, f"{name} is not a plain tensor")
    if tensor.untyped_storage().nbytes() < tensor.numel() * tensor.element_size():
        raise _no_tensors(path, f"{name} claims more numbers than the file holds")
    if name.endswith(COUNTER) and tensor.dtype == torch.int64:
        return tensor
    if tensor.dtype not in FLOATS:
        raise _no_tensors(path, f"{name} holds {tensor.dtype}".replace("torch.", ""))
    return tensor


def _copied(path: Path, name: str, tensor: Tensor) -> Tensor:
    """Return a copy that owns its memory; one for each name, as tied ones are trained apart."""
    if not tensor.is_floating_point():
        return tensor.clone()
    if not tensor.isfinite().all():
        raise BundleError(
            f"a weight is no number: {name} holds {_odd_values(tensor)}",
            given=path,
            accepted="finite weights",
            remedy="Take weights from before the training diverged",
        )
    return tensor.to(torch.float32, copy=True).contiguous()


def _odd_values(tensor: Tensor) -> str:
    odd = int((~tensor.isfinite()).sum())
    return f"{odd:,} of {tensor.numel():,} values that are NaN or infinite"


def _unreadable(path: Path, error: Exception) -> BundleError:
    asked = GLOBAL.search(str(error))
    if asked:
        return BundleError(
            f"the weights {str(path)!r} ask for something that is never loaded",
            given=asked[1],
            accepted=f"tensors alone: {ACCEPTED}",
            remedy="Save them anew with torch.save(model.state_dict(), FILE)",
        )
    # What PyTorch says of the rest is long advice; EINVAL is of an archive that is cut.
    reason = DAMAGED
    if isinstance(error, OSError) and error.errno != errno.EINVAL:
        reason = error.strerror or DAMAGED
    return BundleError(
        f"the weights cannot be read ({reason})",
        given=path,
        accepted=ACCEPTED,
        remedy="Copy the file again, whole",
    )


def _no_tensors(path: Path, reason: str) -> BundleError:
    return BundleError(
        f"these are no weights of a model ({reason})",
        given=path,
        accepted=ACCEPTED,
        remedy="Save the model's state dictionary",
    )
