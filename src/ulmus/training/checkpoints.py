"""Checkpoints: a run that was stopped goes on as if it had not been.

A checkpoint is a folder of `checkpoint.json` and `tensors.safetensors`; nothing is pickled. A run's
checkpoints lie side by side in one folder, numbered. One is never written over, so that there is a
whole one at any moment; the best model so far is in each. Of several processes it holds what each
has for itself.
"""

import json
import shutil
import warnings
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from ulmus.batches.part import WHOLE, Part
from ulmus.batches.position import BatchPosition
from ulmus.errors import CheckpointError, OutputError, UlmusWarning, show
from ulmus.files import (
    atomic_folder,
    atomic_text,
    check_is_file,
    check_replaceable,
    hash_file,
    read_json,
)
from ulmus.training.averaging import WeightAverage
from ulmus.training.checkpoint_facts import SCHEMA_VERSION, CheckpointFacts
from ulmus.training.optimizers import Optimizer, described
from ulmus.training.process_state import restore_own, tensors_of
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
    everyones: Sequence[Mapping[str, Tensor]],
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
        everyones: The `own_tensors` of each process.
        model: The model.
        optimizer: Its optimizer.
        kept: How many of the newest stay.

    Raises:
        OutputError: The folder is taken by something else, or cannot be written; older
            checkpoints stay.
    """
    facts = {
        "schema": SCHEMA_VERSION,
        "identity": identity,
        "position": position.model_dump(),
        "processes": len(everyones),
        **_facts(state),
    }
    check_replaceable(folder, MARKER)
    if not (folder / MARKER).exists():
        with atomic_text(folder / MARKER) as file:
            json.dump({"schema": SCHEMA_VERSION}, file)
    before = checkpoints_in(folder)
    number = int(before[-1].name) + 1 if before else 1
    tensors = dict(_tensors(state, everyones, model, optimizer))
    try:
        _write(folder / f"{number:06d}", facts, tensors)
    except OutputError:
        if not before:  # there is nothing to go on from
            shutil.rmtree(folder, ignore_errors=True)
        raise
    for old in checkpoints_in(folder)[:-kept]:
        shutil.rmtree(old, ignore_errors=True)


def _write(path: Path, facts: Mapping[str, Any], tensors: dict[str, Tensor]) -> None:
    size = sum(tensor.nbytes for tensor in tensors.values())
    with atomic_folder(path, FACTS, size=size) as temporary:
        save_file(tensors, temporary / TENSORS)
        told = {**facts, "sha256": hash_file(temporary / TENSORS)}
        (temporary / FACTS).write_text(json.dumps(told), "utf-8")


def _facts(state: RunState) -> dict[str, Any]:
    """Return what a run remembers beside tensors, as JSON."""
    return {
        **{name: getattr(state, name) for name in PLAIN},
        "score": state.score,
        "window": state.window,
        "best_merit": state.best_merit,
        "averaged_steps": None if state.average is None else state.average.steps,
        "epochs": state.history.epochs,
        "steps": state.history.steps,
    }


def checkpoints_in(folder: Path) -> list[Path]:
    """Return the checkpoints of a run, the newest last."""
    found = (path.parent for path in folder.glob(f"[0-9]*/{FACTS}"))
    numbered = (path for path in found if path.name.isascii() and path.name.isdigit())
    return sorted(numbered, key=lambda path: int(path.name))


def load_checkpoint(
    folder: Path,
    *,
    identity: str,
    position: BatchPosition,
    state: RunState,
    model: nn.Module,
    part: Part = WHOLE,
) -> dict[str, Tensor]:
    """Restore state, model and random generators from the newest; return the optimizer's tensors.

    Args:
        folder: Where the run's checkpoints are; the newest that is whole is taken.
        identity: Fingerprint of what is to be trained, and how.
        position: The first batch at hand.
        state: Filled.
        model: Filled.
        part: Which process this is, of how many.

    Raises:
        CheckpointError: There is none that is whole, or it is of another run.
    """
    facts, tensors = _newest(folder, next(model.parameters()).device)
    reached = facts.position
    reached.check(position.fingerprint, seed=position.seed)
    _check_processes(facts.processes, part)
    if facts.identity != identity:
        raise CheckpointError(
            "the checkpoint is of another run",
            given=folder,
            accepted="a checkpoint made with the same model and settings",
            remedy="Start without --resume, or with the settings it was made with",
        )
    own = tensors_of(tensors, _prefix(part.rank))
    try:
        return _restored(facts, tensors, own, state, model)
    except (LookupError, ValueError, TypeError, RuntimeError) as error:
        raise _unusable(folder, error) from None


def _restored(
    facts: CheckpointFacts,
    tensors: Mapping[str, Tensor],
    own: Mapping[str, Tensor],
    state: RunState,
    model: nn.Module,
) -> dict[str, Tensor]:
    """Fill state, model and random generators; return the optimizer's tensors."""
    state.epoch, state.step = facts.position.epoch, facts.position.step
    for name in (*PLAIN, "score", "window", "best_merit"):
        setattr(state, name, getattr(facts, name))
    state.history.epochs, state.history.steps = facts.epochs, facts.steps
    state.best = tensors_of(tensors, "best.")
    state.average = None
    if facts.averaged_steps is not None:
        state.average = WeightAverage(facts.averaged_steps, tensors_of(tensors, "average."))
    _check_weights(state, tensors_of(tensors, "model."), model)
    restore_own(state, own, model)
    model.load_state_dict(tensors_of(tensors, "model."))
    return tensors_of(tensors, "optimizer.")


def _check_processes(made_by: int, part: Part) -> None:
    """Refuse a run of another number of processes, whose rows would be others."""
    if made_by != part.parts:
        raise CheckpointError(
            "the checkpoint was made by another number of processes",
            given=part.parts,
            accepted=str(made_by),
            remedy=f"Resume with that many (torchrun --nproc-per-node {made_by}), or start anew",
        )


def _prefix(rank: int) -> str:
    """Return what stands before the names of what a process has: of the first one nothing."""
    return f"process.{rank}." if rank else ""


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


def _tensors(
    state: RunState,
    everyones: Sequence[Mapping[str, Tensor]],
    model: nn.Module,
    optimizer: Optimizer,
) -> Iterator[tuple[str, Tensor]]:
    for name, tensor in model.state_dict().items():
        yield f"model.{name}", tensor.contiguous()
    for name, tensor in state.best.items():
        yield f"best.{name}", tensor
    for name, tensor in state.average.tensors.items() if state.average else ():
        yield f"average.{name}", tensor
    for name, tensor in optimizer.tensors().items():
        yield f"optimizer.{name}", tensor.contiguous()
    for rank, own in enumerate(everyones):
        for name, tensor in own.items():
            yield _prefix(rank) + name, tensor


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
