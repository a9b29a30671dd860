"""Checkpoints: a run that was stopped goes on as if it had not been.

A checkpoint is a folder of `checkpoint.json` and `tensors.safetensors`; nothing is pickled.
"""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from ulmus.batches.position import BatchPosition
from ulmus.errors import CheckpointError
from ulmus.files import atomic_folder
from ulmus.training.averaging import WeightAverage
from ulmus.training.history import EpochRecord, StepRecord
from ulmus.training.merit import Merit
from ulmus.training.objectives import Score
from ulmus.training.optimizers import Optimizer
from ulmus.training.run_state import RunState

MARKER = "checkpoint.json"
TENSORS = "tensors.safetensors"
SCHEMA_VERSION = 2
PLAIN = ("stage", "stage_epoch", "run_step", "seconds", "best_epoch")


def save_checkpoint(
    folder: Path,
    *,
    identity: str,
    position: BatchPosition,
    state: RunState,
    model: nn.Module,
    optimizer: Optimizer,
) -> None:
    """Write a checkpoint, whole or not at all.

    Args:
        folder: Where; an older checkpoint there is replaced.
        identity: Fingerprint of what is being trained, and how.
        position: The next batch.
        state: Where the run stands.
        model: The model.
        optimizer: Its optimizer.
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
    with atomic_folder(folder, MARKER) as temporary:
        save_file(dict(_tensors(state, model, optimizer)), temporary / TENSORS)
        (temporary / MARKER).write_text(json.dumps(facts), "utf-8")


def load_checkpoint(
    folder: Path, *, identity: str, position: BatchPosition, state: RunState, model: nn.Module
) -> dict[str, Tensor]:
    """Restore state, model and random generators; return the optimizer's tensors.

    Args:
        folder: Where it was saved.
        identity: Fingerprint of what is to be trained, and how.
        position: The first batch at hand.
        state: Filled.
        model: Filled.

    Raises:
        CheckpointError: There is none, it is damaged, or it is of another run.
    """
    facts, tensors = _read(folder, next(model.parameters()).device)
    reached = BatchPosition.model_validate(facts["position"])
    reached.check(position.fingerprint, seed=position.seed)
    if facts["identity"] != identity:
        raise CheckpointError(
            "the checkpoint is of another run",
            given=folder,
            accepted="a checkpoint made with the same model and settings",
            remedy="Start without --resume, or with the settings it was made with",
        )
    state.epoch, state.step = reached.epoch, reached.step
    for name in PLAIN:
        setattr(state, name, facts[name])
    state.score, state.window = Score(*facts["score"]), Score(*facts["window"])
    state.best_merit = None if facts["best_merit"] is None else Merit(*facts["best_merit"])
    state.history.epochs = [EpochRecord(*row) for row in facts["epochs"]]
    state.history.steps = [StepRecord(*row) for row in facts["steps"]]
    model.load_state_dict(_part(tensors, "model."))
    state.best = _part(tensors, "best.")
    state.average = None
    if facts["averaged_steps"] is not None:
        average = _part(tensors, "average.")
        state.average = WeightAverage(facts["averaged_steps"], average)
    recurrent = _part(tensors, "recurrent.")
    state.recurrent = tuple(
        (recurrent[f"{layer}.hidden"], recurrent[f"{layer}.cell"])
        for layer in range(len(recurrent) // 2)
    )
    state.recurrent = state.recurrent or None
    torch.set_rng_state(tensors["generator.cpu"].cpu())
    if "generator.cuda" in tensors:
        torch.cuda.set_rng_state(tensors["generator.cuda"].cpu())
    return _part(tensors, "optimizer.")


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


def _read(folder: Path, device: torch.device) -> tuple[dict[str, Any], dict[str, Tensor]]:
    try:
        facts = json.loads((folder / MARKER).read_text("utf-8"))
        if facts["schema"] == SCHEMA_VERSION:
            return facts, load_file(folder / TENSORS, device=str(device))
    except (OSError, ValueError, TypeError, KeyError, SafetensorError) as error:
        raise CheckpointError(
            f"there is no usable checkpoint ({error.__class__.__name__})",
            given=folder,
            accepted=f"a folder with {MARKER} and {TENSORS}",
            remedy="Start without --resume",
        ) from None
    raise CheckpointError(
        "the checkpoint was written by another version",
        given=facts["schema"],
        accepted=f"schema {SCHEMA_VERSION}",
        remedy="Start without --resume",
    )


def _part(tensors: Mapping[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {k.removeprefix(prefix): v for k, v in tensors.items() if k.startswith(prefix)}
