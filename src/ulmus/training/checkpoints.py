"""Checkpoints: a run that was stopped goes on as if it had not been.

A checkpoint is a folder of `checkpoint.json` and `tensors.safetensors`; nothing is pickled. A run's
checkpoints lie side by side in one folder, numbered. One is never written over, so that there is a
whole one at any moment; the best model so far is in each.
"""

import json
import shutil
import warnings
from collections.abc import Iterator, Mapping
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from ulmus.batches.position import BatchPosition
from ulmus.errors import CheckpointError, UlmusWarning, show
from ulmus.files import (
    atomic_folder,
    atomic_text,
    check_is_file,
    check_replaceable,
    hash_file,
    read_json,
)
from ulmus.nn.lstm import LstmLayer
from ulmus.nn.recurrent_stack import State
from ulmus.training.averaging import WeightAverage
from ulmus.training.checkpoint_facts import SCHEMA_VERSION, CheckpointFacts
from ulmus.training.optimizers import Optimizer, described
from ulmus.training.run_state import RunState

MARKER = "checkpoints.json"
"""In the folder of them all."""

FACTS, TENSORS = "checkpoint.json", "tensors.safetensors"
PLAIN = ("stage", "stage_epoch", "run_step", "seconds", "best_epoch")


def save_checkpoint(
    folder: Path,
    *,
    identity: str,
    position: BatchPosition,
    state: RunState,
    model: nn.Module,
    optimizer: Optimizer,
    kept: int = 2,
) -> None:
    """Write a checkpoint, whole or not at all, and drop old ones.

    Args:
        folder: Where the run's checkpoints are.
        identity: Fingerprint of what is being trained, and how.
        position: The next batch.
        state: Where the run stands.
        model: The model.
        optimizer: Its optimizer.
        kept: How many of the newest stay.

    Raises:
        OutputError: The folder is taken by something else, or cannot be written.
    """
    facts = {
        "schema": SCHEMA_VERSION,
        "identity": identity,
        "position": position.model_dump(),
        **{name: getattr(state, name) for name in PLAIN},
        "score": state.score,
        "window": state.window,
        "best_merit": state.best_merit,
        "averaged_steps": None if state.average is None else state.average.steps,
        "epochs": state.history.epochs,
        "steps": state.history.steps,
    }
    check_replaceable(folder, MARKER)
    if not (folder / MARKER).exists():
        with atomic_text(folder / MARKER) as file:
            json.dump({"schema": SCHEMA_VERSION}, file)
    before = checkpoints_in(folder)
    number = int(before[-1].name) + 1 if before else 1
    with atomic_folder(folder / f"{number:06d}", FACTS) as temporary:
        save_file(dict(_tensors(state, model, optimizer)), temporary / TENSORS)
        facts["sha256"] = hash_file(temporary / TENSORS)
        (temporary / FACTS).write_text(json.dumps(facts), "utf-8")
    for old in checkpoints_in(folder)[:-kept]:
        shutil.rmtree(old, ignore_errors=True)


def checkpoints_in(folder: Path) -> list[Path]:
    """Return the checkpoints of a run, the newest last."""
    found = (path.parent for path in folder.glob(f"[0-9]*/{FACTS}"))
    numbered = (path for path in found if path.name.isascii() and path.name.isdigit())
    return sorted(numbered, key=lambda path: int(path.name))


def load_checkpoint(
    folder: Path, *, identity: str, position: BatchPosition, state: RunState, model: nn.Module
) -> dict[str, Tensor]:
    """Restore state, model and random generators from the newest; return the optimizer's tensors.

    Args:
        folder: Where the run's checkpoints are; the newest that is whole is taken.
        identity: Fingerprint of what is to be trained, and how.
        position: The first batch at hand.
        state: Filled.
        model: Filled.

    Raises:
        CheckpointError: There is none that is whole, or it is of another run.
    """
    facts, tensors = _newest(folder, next(model.parameters()).device)
    reached = facts.position
    reached.check(position.fingerprint, seed=position.seed)
    if facts.identity != identity:
        raise CheckpointError(
            "the checkpoint is of another run",
            given=folder,
            accepted="a checkpoint made with the same model and settings",
            remedy="Start without --resume, or with the settings it was made with",
        )
    try:
        return _restored(facts, tensors, state, model)
    except (LookupError, ValueError, TypeError, RuntimeError) as error:
        raise _unusable(folder, error) from None


def _restored(
    facts: CheckpointFacts, tensors: Mapping[str, Tensor], state: RunState, model: nn.Module
) -> dict[str, Tensor]:
    """Fill state, model and random generators; return the optimizer's tensors."""
    state.epoch, state.step = facts.position.epoch, facts.position.step
    for name in (*PLAIN, "score", "window", "best_merit"):
        setattr(state, name, getattr(facts, name))
    state.history.epochs, state.history.steps = facts.epochs, facts.steps
    state.best = _part(tensors, "best.")
    state.average = None
    if facts.averaged_steps is not None:
        state.average = WeightAverage(facts.averaged_steps, _part(tensors, "average."))
    state.recurrent = _recurrent(_part(tensors, "recurrent."), model)
    _check_weights(state, _part(tensors, "model."), model)
    model.load_state_dict(_part(tensors, "model."))
    torch.set_rng_state(tensors["generator.cpu"].cpu())
    if "generator.cuda" in tensors:
        torch.cuda.set_rng_state(tensors["generator.cuda"].cpu())
    return _part(tensors, "optimizer.")


def _check_weights(state: RunState, weights: Mapping[str, Tensor], model: nn.Module) -> None:
    """Refuse weights of another model, kept and averaged ones too.

    Raises:
        ValueError: They are.
    """
    own, trained = described(model.state_dict()), described(dict(model.named_parameters()))
    averages = {} if state.average is None else described(state.average.tensors)
    complete = state.average is None or state.average.steps == 0 or averages
    if described(weights) != own or not averages.items() <= trained.items() or not complete:
        raise ValueError("the weights are of another model")
    if described(state.best) != (own if state.epoch else {}):
        raise ValueError("the kept weights are of another model")


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


def _tensors(
    state: RunState, model: nn.Module, optimizer: Optimizer
) -> Iterator[tuple[str, Tensor]]:
    for name, tensor in model.state_dict().items():
        yield f"model.{name}", tensor.contiguous()
    for name, tensor in state.best.items():
        yield f"best.{name}", tensor
    for name, tensor in state.average.tensors.items() if state.average else ():
        yield f"average.{name}", tensor
    for name, tensor in optimizer.tensors().items():
        yield f"optimizer.{name}", tensor.contiguous()
    for layer, (hidden, cell) in enumerate(state.recurrent or ()):
        # Fresh states share one tensor of zeros; a file wants each by itself.
        yield f"recurrent.{layer}.hidden", hidden.clone()
        yield f"recurrent.{layer}.cell", cell.clone()
    yield "generator.cpu", torch.get_rng_state()
    if torch.cuda.is_available():
        yield "generator.cuda", torch.cuda.get_rng_state()


def _newest(folder: Path, device: torch.device) -> tuple[CheckpointFacts, dict[str, Tensor]]:
    """Return the newest checkpoint that is whole; tell of those that are not."""
    damaged: CheckpointError | None = None
    for path in reversed(checkpoints_in(folder)):
        try:
            found = _read(path, device)
        except CheckpointError as error:
            damaged = damaged or error
            continue
        if damaged is not None:
            told = f"{damaged.args[0]}: {show(damaged.args[1])}; going on from {show(path)}"
            warnings.warn(UlmusWarning(told), stacklevel=2)
        return found
    raise damaged or CheckpointError(
        "there is no usable checkpoint",
        given=folder,
        accepted=f"a folder that an interrupted run left, with {MARKER}",
        remedy="Start without --resume",
    )


def _read(folder: Path, device: torch.device) -> tuple[CheckpointFacts, dict[str, Tensor]]:
    try:
        content = read_json(folder / FACTS)
        check_is_file(folder / TENSORS)
        if content["schema"] == SCHEMA_VERSION:
            facts = CheckpointFacts.model_validate(content)
            if hash_file(folder / TENSORS) != facts.sha256:
                raise ValueError("another checksum")
            return facts, load_file(folder / TENSORS, device=str(device))
    except (OSError, ValueError, TypeError, KeyError, SafetensorError) as error:
        raise _unusable(folder, error) from None
    raise CheckpointError(
        "the checkpoint was written by another version",
        given=content["schema"],
        accepted=f"schema {SCHEMA_VERSION}",
        remedy="Start without --resume",
    )


def _unusable(folder: Path, error: Exception) -> CheckpointError:
    return CheckpointError(
        f"the checkpoint is not usable ({error.__class__.__name__})",
        given=folder,
        accepted=f"a folder with {FACTS} and {TENSORS} as they were written",
        remedy="Start without --resume",
    )


def _part(tensors: Mapping[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {k.removeprefix(prefix): v for k, v in tensors.items() if k.startswith(prefix)}
