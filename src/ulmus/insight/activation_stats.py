"""Watches what recurrent layers compute while a model trains: means, spreads, histograms.

A layer whose outputs are all near zero passes nothing on, and one whose gates or outputs are all
at their limits learns nothing more, for the slope there is zero. Both show in these figures long
before they show in the loss.
"""

import csv
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple, Self

import torch
from torch import Tensor, nn
from torch.utils.hooks import RemovableHandle

from ulmus.errors import SettingsError
from ulmus.files import atomic_text
from ulmus.insight.recurrent_activations import (
    Activation,
    direction_activations,
    torch_activations,
)
from ulmus.nn.lstm import LstmDirection, LstmLayer
from ulmus.nn.recurrence import Ragged

Look = Callable[..., Iterator[Activation]]
"""Finds a module's activations, from what it was given and what it made."""

BINS = 40
NEAR_ZERO = 0.05


class Record(NamedTuple):
    """What some activations were like at one step.

    Attributes:
        step: The training step, 1 first.
        mean: Their mean.
        deviation: Their standard deviation.
        near_zero: Share of them within 0.05 of zero.
        histogram: How many lie in each of 40 bins of equal width; what lies beyond the ends is in
            the first and the last.
    """

    step: int
    mean: float
    deviation: float
    near_zero: float
    histogram: tuple[int, ...]

    @classmethod
    def of(cls, step: int, values: Tensor, span: tuple[float, float]) -> Self:
        """Return the figures of some values.

        Shapes:
            values: any.
        """
        flat = values.detach().float().flatten()
        low, high = span
        histogram = torch.histc(flat.clamp(low, high), BINS, low, high)
        return cls(
            step,
            flat.mean().item(),
            flat.std(correction=0).item(),
            (flat.abs() < NEAR_ZERO).float().mean().item(),
            tuple(int(count) for count in histogram.tolist()),
        )


class Series(NamedTuple):
    """The records of some activations through a training run.

    Attributes:
        span: What the histograms reach from and to.
        records: One for each step that was looked at.
    """

    span: tuple[float, float]
    records: list[Record]


class ActivationStats:
    """Watches the recurrent layers of a model; a callback of the training loop.

    It looks at the library's LSTM layers and at torch's recurrent ones, in training mode only.
    Nothing that it does changes what is computed, or any random number. Of a layer that runs
    several times in a step it sees the first time; what lies behind a document's end does not
    count.

    Args:
        every: Steps from one look to the next.

    Attributes:
        series: What was seen, by the name of layer and activation.

    Raises:
        SettingsError: `every` is below 1.
    """

    def __init__(self, *, every: int = 1) -> None:
        if every < 1:
            raise SettingsError(
                "activations cannot be looked at so often",
                given=every,
                accepted="1 or more steps",
                remedy="Set every to a number of steps",
            )
        self.every = every
        self.series: dict[str, Series] = {}
        self._step = 0
        self._seen: set[str] = set()  # a layer may run several times in a step
        self._lengths: Tensor | None = None  # what the layer that is running was told
        self._handles: list[RemovableHandle] = []

    def watch(self, model: nn.Module) -> Self:
        """Begin to watch a model."""
        for name, module in model.named_modules():
            if isinstance(module, LstmLayer):
                told = module.register_forward_pre_hook(self._note_lengths, with_kwargs=True)
                self._handles.append(told)
            shown = name or type(module).__name__
            look = _look_at(shown, module)
            if look is not None:
                hook = self._hook(shown, look)
                self._handles.append(module.register_forward_hook(hook, with_kwargs=True))
        return self

    def stop(self) -> None:
        """Watch no longer."""
        for handle in self._handles:
            handle.remove()
        self._handles.clear()

    def _note_lengths(
        self, _module: nn.Module, _given: tuple[Any, ...], named: dict[str, Any]
    ) -> None:
        self._lengths = named.get("lengths")

    def _hook(self, name: str, look: Look) -> Callable[..., None]:
        def hook(
            module: nn.Module, given: tuple[Any, ...], named: dict[str, Any], made: Any
        ) -> None:
            due = module.training and self._step % self.every == 0 and name not in self._seen
            if not due:
                return
            self._seen.add(name)
            counted = _counted(given[0], self._lengths, named.get("ragged"))
            with torch.no_grad():
                for activation in look((*given, *_state(named)), made):
                    self.add(activation, counted)

        return hook

    def add(self, activation: Activation, counted: Tensor | None = None) -> None:
        """Record some activations of the step that is under way.

        Shapes:
            counted: (B, T) bool, the steps that are part of a document; None: all.
        """
        values = activation.values if counted is None else activation.values[counted]
        series = self.series.setdefault(activation.name, Series(activation.span, []))
        record = Record.of(self._step + 1, values, activation.span)
        series.records.append(record)

    def write(self, path: Path) -> None:
        """Write all records as CSV.

        Raises:
            OutputError: The file cannot be written.
        """
        with atomic_text(path) as file:
            writer = csv.writer(file)
            bins = [f"bin_{index + 1}" for index in range(BINS)]
            writer.writerow(["activation", "low", "high", *Record._fields[:-1], *bins])
            for name, series in self.series.items():
                for record in series.records:
                    figures = (f"{value:.6g}" for value in record[1:4])
                    writer.writerow([name, *series.span, record.step, *figures, *record.histogram])

    def stage_started(self, stage: object, objective: object, steps: object) -> None:
        """Hear that a stage starts; nothing changes."""

    def epoch_started(self, epoch: int, steps: int) -> None:
        """Hear that an epoch starts; nothing changes."""

    def step_done(self, epoch: int = 0, step: int = 0, score: object = None) -> None:  # noqa: ARG002
        """Hear that a step is over; the next activations belong to the next one."""
        self._step += 1
        self._seen.clear()

    def epoch_done(self, record: object, *, kept: bool) -> None:
        """Hear that an epoch is over; nothing changes."""

    def run_ended(self) -> None:
        """Hear that the run is over: stop watching."""
        self.stop()


def _look_at(name: str, module: nn.Module) -> Look | None:
    if isinstance(module, LstmDirection):
        return partial(direction_activations, name, module)
    if isinstance(module, nn.RNNBase):
        return lambda given, _made: torch_activations(name, module, given)
    return None


def _counted(inputs: Any, lengths: Tensor | None, ragged: Ragged | None) -> Tensor | None:
    """Return which steps of which rows are part of a document: (B, T), or None for all."""
    if ragged is not None:
        rows = torch.tensor(ragged.rows, device=inputs.device)
        return torch.arange(len(inputs), device=inputs.device)[:, None] < rows
    if lengths is not None:
        return torch.arange(inputs.shape[1], device=inputs.device) < lengths[:, None]
    return None


def _state(named: dict[str, Any]) -> list[Any]:
    """Return the state of torch's layers, where it was given by name."""
    return [named["hx"]] if "hx" in named else []
