"""Where training runs, and from which seed."""

from typing import Literal, TypeVar

import torch
from pydantic import Field

from ulmus.errors import SettingsError
from ulmus.settings import Settings

B = TypeVar("B", bound=tuple[object, ...])


class EngineSettings(Settings):
    """Device and seed."""

    device: Literal["auto", "cpu", "cuda"] = "auto"
    seed: int = Field(0, ge=0, lt=2**32)


class Engine:
    """A device and a seed.

    On a CPU one seed gives one result, for the same number of threads.

    Args:
        settings: Device and seed.

    Raises:
        SettingsError: The device is not there.
    """

    def __init__(self, settings: EngineSettings | None = None) -> None:
        settings = settings or EngineSettings()
        there = torch.cuda.is_available()
        if settings.device == "cuda" and not there:
            raise SettingsError(
                "there is no such device",
                given="cuda",
                accepted="auto, cpu",
                remedy="Choose one of these with --set engine.device=cpu",
            )
        self.seed = settings.seed
        self.device = torch.device("cuda" if there and settings.device != "cpu" else "cpu")

    def start(self) -> None:
        """Seed the generators that weights and dropout masks are drawn from."""
        torch.manual_seed(self.seed)


def place(batch: B, device: torch.device) -> B:
    """Return a batch, a NamedTuple of tensors and other things, with its tensors on a device."""
    moved = (v.to(device) if isinstance(v, torch.Tensor) else v for v in batch)
    return type(batch)(*moved)  # type: ignore[arg-type]  # a NamedTuple takes its fields singly
