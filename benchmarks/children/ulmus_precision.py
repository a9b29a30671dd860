"""The one place that knows how a model is told to compute in another precision."""

import inspect
from typing import Any

import ulmus
from harness.child import UnavailableError

EVERY_VERSION_HAS = "fp32"


def computes_in(model: Any, precision: str) -> None:
    """Let a model compute in a precision.

    Raises:
        UnavailableError: This version, or this machine, has that precision not.
    """
    if not hasattr(model.encoder, "precision"):
        _refuse_unless_usual(precision)
        return
    try:
        model.encoder.precision = precision
    except Exception as error:
        raise UnavailableError(f"{precision}: {error}") from error


def loaded(path: str, precision: str) -> Any:
    """Load a bundle that computes in a precision.

    Raises:
        UnavailableError: This version, or this machine, has that precision not.
    """
    if "precision" not in inspect.signature(ulmus.load).parameters:
        _refuse_unless_usual(precision)
        return ulmus.load(path)
    try:
        return ulmus.load(path, precision=precision)
    except ulmus.UlmusError as error:
        raise UnavailableError(f"{precision}: {error}") from error


def _refuse_unless_usual(precision: str) -> None:
    if precision != EVERY_VERSION_HAS:
        raise UnavailableError(f"this version of ulmus does not compute in {precision}")
