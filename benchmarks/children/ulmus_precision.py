"""The one place that knows how a model is told to compute in another precision."""

from contextlib import ExitStack
from typing import Any

import ulmus
from harness.child import UnavailableError
from ulmus.training.engine import Engine, EngineSettings

OPEN = ExitStack()
"""Holds what is not to be left while the process lives."""


def computes_in(model: Any, precision: Any) -> None:
    """Let a model compute in a precision until the process ends, as it does while it trains.

    Raises:
        UnavailableError: This machine has that precision not.
    """
    try:
        engine = Engine(EngineSettings(device="cpu", precision=precision))
    except ulmus.UlmusError as error:
        raise UnavailableError(f"{precision}: {error}") from error
    OPEN.enter_context(engine.computing(model))


def loaded(path: str, precision: Any) -> Any:
    """Load a bundle that computes in a precision.

    Raises:
        UnavailableError: This machine has that precision not.
    """
    try:
        return ulmus.load(path, precision=precision)
    except ulmus.UlmusError as error:
        raise UnavailableError(f"{precision}: {error}") from error
