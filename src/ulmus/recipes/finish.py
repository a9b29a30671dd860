"""How training ends: the bundle is written with its story, or nothing is left behind.

Of several processes only the first one writes.
"""

import shutil
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from rich.console import Console

from ulmus.bundle.manifest import MARKER
from ulmus.bundle.writer import Bundle, write_bundle
from ulmus.errors import SettingsError
from ulmus.files import atomic_folder, check_replaceable, claimed
from ulmus.insight.activation_stats import ActivationStats
from ulmus.insight.plots import plot_history
from ulmus.recipes.watching import write_activations
from ulmus.training.checkpoints import MARKER as CHECKPOINT
from ulmus.training.checkpoints import checkpoints_in
from ulmus.training.history import History
from ulmus.training.processes import Processes

QUIET = Console(quiet=True)
"""Where progress goes when nobody asked to see it."""


def beside(out: Path, ending: str) -> Path:
    """Return the folder beside an output folder that has its name and an ending."""
    target = out.resolve()  # "." has a name to put another folder beside
    return target.parent / f"{target.name}.{ending}"


def checkpoint_of(out: Path) -> Path:
    """Return where the run that makes `out` keeps its checkpoint."""
    return beside(out, "checkpoint")


def goes_on(out: Path, processes: Processes, *, resume: bool) -> bool:
    """Return whether a run goes on from its checkpoint: where it is told to, or was started again.

    Args:
        out: What it makes.
        processes: Who trains; they are started again when one of them has ended.
        resume: Whether it is told to.
    """
    return resume or (processes.told.restarts > 0 and bool(checkpoints_in(checkpoint_of(out))))


@contextmanager
def checked_output(out: Path, processes: Processes) -> Iterator[None]:
    """Hold an output path while a model is made; drop a checkpoint from which none can go on.

    Args:
        out: The bundle's folder.
        processes: Who makes it.

    Raises:
        OutputError: The bundle's or the checkpoint's folder is taken by something else, or by
            another run.
    """
    check_replaceable(out, MARKER)
    check_replaceable(checkpoint_of(out), CHECKPOINT)
    with ExitStack() as stack:

        def claim() -> None:
            stack.enter_context(claimed(out))

        processes.first(claim)
        try:
            yield
        except SettingsError:  # a loss that is no number: the same settings would end there again
            if processes.told.leads:
                shutil.rmtree(checkpoint_of(out), ignore_errors=True)
            raise


def finish(
    out: Path,
    bundle: Bundle,
    history: History,
    watched: Sequence[ActivationStats],
    processes: Processes,
) -> None:
    """Write a bundle with its history, and drop the checkpoint; all processes wait for the first.

    Args:
        out: The bundle's folder.
        bundle: The bundle.
        history: How its training went.
        watched: What was seen of activations, if anything.
        processes: Who has made it.

    Raises:
        OutputError: The folder is taken by something else, or cannot be written.
    """
    processes.first(lambda: _write(out, bundle, history, watched))


def _write(out: Path, bundle: Bundle, history: History, watched: Sequence[ActivationStats]) -> None:
    """Write a bundle with its history as CSV and picture, and drop the checkpoint."""
    checkpoint = checkpoint_of(out)  # now, for the folder one stands in may be replaced
    with atomic_folder(out, MARKER) as folder:
        write_bundle(folder, bundle)
        history.write(folder)
        plot_history(folder / "history.png", history.epochs, history.steps, history.metric_name)
        write_activations(folder, watched)
    shutil.rmtree(checkpoint, ignore_errors=True)
