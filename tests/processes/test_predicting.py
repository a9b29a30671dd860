"""Predictions of several processes: those of one, in the order of the source."""

import signal
import sys
from pathlib import Path

import pytest

from tests.cli.films import reviews, write_table
from tests.cli.running import done
from tests.processes.conftest import QUICK, World
from tests.processes.running import disturbed, done_together
from ulmus.recipes.portions import DOCUMENTS_AT_ONCE

ROWS = 2 * DOCUMENTS_AT_ONCE + 9
"""A part for each process, and a short one for the first."""


def test_predictions_are_those_of_one_process_in_order(world: World, tmp_path: Path) -> None:
    classifier = tmp_path / "classifier"
    done("classifier", world.language_model, world.table, "--out", classifier, *QUICK)
    texts = (text + " film" * (i % 5) for i, (text, _) in enumerate(reviews(ROWS)))
    source = write_table(tmp_path / "new.csv", ([text] for text in texts), ["text"])
    flags = ("predict", classifier, source, "--text", "text", "--all-classes")
    wanted = done(*flags).out
    assert len(wanted.splitlines()) == ROWS + 1
    assert len(set(wanted.splitlines())) > 20
    assert done_together(*flags) == wanted
    assert done_together(*flags, "--out", tmp_path / "said.csv") == ""
    assert (tmp_path / "said.csv").read_text("utf-8") == wanted
    assert not list(tmp_path.glob(".*"))


@pytest.mark.skipif(sys.platform != "linux", reason="a rank is found through /proc")
@pytest.mark.parametrize("rank", [0, 1])
def test_a_killed_process_ends_the_job(rank: int, world: World, tmp_path: Path) -> None:
    classifier = tmp_path / "classifier"
    done("classifier", world.language_model, world.table, "--out", classifier, *QUICK)
    many = (["a film"] for _ in range(40 * DOCUMENTS_AT_ONCE))
    flags = (write_table(tmp_path / "new.csv", many, ["text"]), "--out", tmp_path / "said.csv")
    outcome = disturbed(
        *("predict", classifier, *flags),
        number=signal.SIGKILL,
        rank=rank,
        when=lambda _: any(tmp_path.glob(".said.csv.*.part")),
    )
    assert outcome.code != 0
    assert outcome.said == [
        "ulmus: another process of this run has ended. See what it said, and start the run again."
    ]
    assert not (tmp_path / "said.csv").exists()
