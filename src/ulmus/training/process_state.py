"""What a process of a run has for itself: its rows' hidden state, and random generators."""

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from ulmus.nn.lstm import LstmLayer
from ulmus.nn.recurrent_stack import State
from ulmus.training.run_state import RunState


def own_tensors(state: RunState) -> dict[str, Tensor]:
    """Return what a process has for itself, on the CPU.

    Args:
        state: Where the run stands.
    """
    own = {"generator.cpu": torch.get_rng_state()}
    for layer, (hidden, cell) in enumerate(state.recurrent or ()):
        # Fresh states share one tensor of zeros; a file wants each by itself.
        own[f"recurrent.{layer}.hidden"] = hidden.cpu().clone()
        own[f"recurrent.{layer}.cell"] = cell.cpu().clone()
    if torch.cuda.is_available():
        own["generator.cuda"] = torch.cuda.get_rng_state()
    return own


def restore_own(state: RunState, own: Mapping[str, Tensor], model: nn.Module) -> None:
    """Take back what `own_tensors` returned.

    Args:
        state: Gets the hidden state.
        own: Other names are passed over.
        model: What the hidden state is of.

    Raises:
        ValueError: It is of another model.
        LookupError: Something is missing.
        RuntimeError: A generator cannot be in that state.
    """
    state.recurrent = _recurrent(tensors_of(own, "recurrent."), model)
    torch.set_rng_state(own["generator.cpu"].cpu())
    if "generator.cuda" in own:
        torch.cuda.set_rng_state(own["generator.cuda"].cpu())


def tensors_of(tensors: Mapping[str, Tensor], prefix: str) -> dict[str, Tensor]:
    """Return the tensors whose names begin with a prefix, by the rest of their names."""
    return {
        name.removeprefix(prefix): tensor
        for name, tensor in tensors.items()
        if name.startswith(prefix)
    }


def _recurrent(tensors: Mapping[str, Tensor], model: nn.Module) -> State | None:
    """Return the hidden state of all layers, None where there is none.

    Raises:
        ValueError: It is of another model.
        LookupError: Half of a layer's is missing, or it has too few dimensions.
    """
    found = tuple(
        (tensors[f"{layer}.hidden"], tensors[f"{layer}.cell"])
        for layer in range((len(tensors) + 1) // 2)
    )
    layers = [module for module in model.modules() if isinstance(module, LstmLayer)]
    sizes = [(len(layer.directions), layer.hidden_size) for layer in layers]
    held = [(tensor.shape[0], *tensor.shape[2:]) for pair in found for tensor in pair]
    rows = {tensor.shape[1] for pair in found for tensor in pair}
    if found and (held != [size for size in sizes for _ in range(2)] or len(rows) > 1):
        raise ValueError("the hidden state is of another model")
    return found or None
