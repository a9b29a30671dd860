"""How a recipe ends: the bundle is written with the story of its training."""

import shutil
from pathlib import Path

from rich.console import Console

from ulmus.bundle.manifest import MARKER
from ulmus.bundle.writer import Bundle, write_bundle
from ulmus.files import atomic_folder
from ulmus.insight.plots import plot_history
from ulmus.training.history import History

QUIET = Console(quiet=True)
"""Where progress goes when nobody asked to see it."""


def checkpoint_of(out: Path) -> Path:
    """Return where the run that makes `out` keeps its checkpoint."""
    return out.parent / f"{out.name}.checkpoint"


def finish(out: Path, bundle: Bundle, history: History) -> None:
    """Write a bundle with its history as CSV and picture, and drop the checkpoint.

    Raises:
        OutputError: The folder is taken by something else, or cannot be written.
    """
    with atomic_folder(out, MARKER) as folder:
        write_bundle(folder, bundle)
        history.write(folder)
        plot_history(folder / "history.png", history.epochs, history.steps, history.metric_name)
    shutil.rmtree(checkpoint_of(out), ignore_errors=True)
