"""Predictions of several processes: those of one, in the order of the source."""

from pathlib import Path

from tests.cli.films import reviews, write_table
from tests.cli.running import done
from tests.processes.conftest import QUICK, World
from tests.processes.running import done_together
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
