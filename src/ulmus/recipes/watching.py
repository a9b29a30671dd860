"""Watching what recurrent layers compute in a training run, where that is asked for."""

from collections.abc import Sequence
from pathlib import Path

from torch import nn

from ulmus.insight.activation_plot import plot_activations
from ulmus.insight.activation_stats import ActivationStats
from ulmus.training.loop import Batches

LOOKS = 40
"""Steps of an epoch that are looked at."""

TABLE, PICTURE = "activations.csv", "activations.png"


def watching(model: nn.Module, batches: Batches, *, asked: bool) -> list[ActivationStats]:
    """Return who watches a model while it learns from batches: one, or none if none is asked."""
    if not asked:
        return []
    return [ActivationStats(every=max(1, len(batches.rate_shares(0)) // LOOKS)).watch(model)]


def write_activations(folder: Path, watched: Sequence[ActivationStats]) -> None:
    """Write what was seen as a table and as a picture, if anybody watched.

    Raises:
        OutputError: A file cannot be written.
    """
    for stats in watched:
        stats.write(folder / TABLE)
        plot_activations(folder / PICTURE, stats.series)
