"""The one place that knows how a model is told to compute in another precision."""

from typing import Any

from harness.child import UnavailableError

EVERY_VERSION_HAS = "fp32"


def computes_in(model: Any, precision: str) -> None:
    """Let a model compute in a precision.

    Raises:
        UnavailableError: This version, or this machine, has that precision not.
    """
    if not hasattr(model.encoder, "precision"):
        if precision == EVERY_VERSION_HAS:
            return
        raise UnavailableError(f"this version of ulmus does not compute in {precision}")
    try:
        model.encoder.precision = precision
    except Exception as error:
        raise UnavailableError(f"{precision}: {error}") from error
