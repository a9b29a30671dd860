"""Where training runs, and from which seed."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal, TypeVar

import numpy as np
import torch
from pydantic import Field
from torch import nn

from ulmus.errors import SettingsError
from ulmus.models.awd_lstm import AwdLstm
from ulmus.models.language_model import LanguageModel
from ulmus.models.text_classifier import TextClassifier
from ulmus.nn.precision import PrecisionChoice, resolve_precision
from ulmus.nn.recording import Recorder
from ulmus.settings import Settings
from ulmus.training.memory import keep_freed_memory
from ulmus.training.processes import Processes

B = TypeVar("B", bound=tuple[object, ...])


class EngineSettings(Settings):
    """Device, seed and precision, and how often a run is saved.

    Args:
        device: `auto` is a GPU where there is one.
        seed: Of everything that is drawn.
        precision: What training computes its large products in: `bf16` is up to twice as fast
            where the processor multiplies bfloat16, and `auto` takes it there. Weights, state
            and losses stay fp32, and so is what is measured of the finished model.
        checkpoint_minutes: How much work is lost at most where a run is killed. A checkpoint is
            written after each epoch and on Ctrl-C as well.
        checkpoint_steps: Steps after which one is written besides; 0: time alone decides.
        checkpoints_kept: How many of the newest stay until the run ends, in case that one is
            damaged. The best model so far is in each.
        token_budget: How many tokens are learned from at once, at least one row or document. A
            step is the same, but done in parts, of which a classifier's are read twice. None: all,
            until memory runs out; then half as many. Linux may kill a process before it is told
            that there is no memory; then this helps.
    """

    device: Literal["auto", "cpu", "cuda"] = "auto"
    seed: int = Field(0, ge=0, lt=2**32)
    precision: PrecisionChoice = "auto"
    checkpoint_minutes: float = Field(10, gt=0)
    checkpoint_steps: int = Field(0, ge=0)
    checkpoints_kept: int = Field(2, ge=1)
    token_budget: int | None = Field(None, ge=1)


class Engine:
    """A device, a seed, a precision, and the processes that train together.

    On a CPU one seed gives one result, for the same number of threads and processes.

    Args:
        settings: These, and how often checkpoints are written.
        processes: Who trains; None: this process alone.

    Raises:
        SettingsError: The device is not there, or does not compute in that precision.
    """

    def __init__(
        self, settings: EngineSettings | None = None, processes: Processes | None = None
    ) -> None:
        settings = settings or EngineSettings()
        self.processes = processes or Processes()
        there = torch.cuda.is_available()
        if settings.device == "cuda" and not there:
            raise SettingsError(
                "there is no such device",
                given="cuda",
                accepted="auto, cpu",
                remedy="Choose one of these with --set engine.device=cpu",
            )
        self.seed = settings.seed
        self.checkpoint_seconds = 60 * settings.checkpoint_minutes
        self.checkpoint_steps = settings.checkpoint_steps
        self.checkpoints_kept = settings.checkpoints_kept
        self.token_budget = settings.token_budget
        self.device = torch.device("cuda" if there and settings.device != "cpu" else "cpu")
        if self.processes.several and self.device.type == "cuda":
            self.device = _own_gpu(self.processes)
        self.precision = resolve_precision(settings.precision, self.device)

    def memory_for(self, byte_count: int) -> torch.device | None:
        """Return the GPU if there is one, and so much is at most a quarter of its free memory."""
        if self.device.type != "cuda":
            return None
        free, _ = torch.cuda.mem_get_info(self.device)
        return self.device if 4 * byte_count <= free else None

    def titled(self, title: str) -> str:
        """Return what is trained with the precision it is computed in, unless that is fp32."""
        return title if self.precision == "fp32" else f"{title} in {self.precision}"

    @contextmanager
    def computing(self, model: nn.Module) -> Iterator[None]:
        """Let a model compute in the engine's precision while the block runs.

        Args:
            model: On the engine's device.
        """
        if self.device.type == "cpu":
            keep_freed_memory()
        encoders = [part for part in model.modules() if isinstance(part, AwdLstm)]
        before = [encoder.precision for encoder in encoders]
        for encoder in encoders:
            encoder.precision = self.precision
        if isinstance(model, LanguageModel) and self.device.type == "cuda":
            model.recorder = Recorder()
        if isinstance(model, LanguageModel | TextClassifier):
            model.budget.tokens = self.token_budget
        try:
            yield
        finally:
            for encoder, precision in zip(encoders, before, strict=True):
                encoder.precision = precision
            if isinstance(model, LanguageModel):
                model.recorder = None
            if isinstance(model, LanguageModel | TextClassifier):
                model.budget.tokens = None

    def start(self) -> None:
        """Seed the generators that weights and dropout masks are drawn from."""
        torch.manual_seed(self.seed)

    def start_apart(self) -> None:
        """Let each process draw dropout masks of its own from now on."""
        rank = self.processes.told.rank
        if rank:  # the first one goes on as one alone would
            # Mixed, for of what it is given torch's generator on a CPU takes 32 bits only.
            mixed = np.random.SeedSequence((self.seed, rank)).generate_state(1)
            torch.manual_seed(int(mixed[0]))


def _own_gpu(processes: Processes) -> torch.device:
    """Return the GPU of this process, which is the only one that uses it."""
    index, count = processes.told.local_rank, torch.cuda.device_count()
    if index >= count:
        raise SettingsError(
            "there are fewer GPUs than processes on this machine",
            given=count,
            accepted="a GPU for each process",
            remedy=f"Start {count} with --nproc-per-node, or --set engine.device=cpu",
        )
    device = torch.device("cuda", index)
    torch.cuda.set_device(device)
    return device


def place(batch: B, device: torch.device) -> B:
    """Return a batch, a NamedTuple of tensors and other things, with its tensors on a device."""
    moved = (v.to(device) if isinstance(v, torch.Tensor) else v for v in batch)
    return type(batch)(*moved)  # type: ignore[arg-type]  # a NamedTuple takes its fields singly
