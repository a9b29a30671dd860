"""Mistakes cost one line, however many processes make them, and leave nobody waiting."""

from pathlib import Path

import pytest

from tests.cli.films import reviews, write_table
from tests.cli.running import done
from tests.processes.conftest import QUICK, World
from tests.processes.running import together
from ulmus.files import claimed

EACH_ITS_OWN = """
import os, sys
from ulmus.cli.main import main

sys.argv = ["ulmus", *(part.replace("RANK", os.environ["RANK"]) for part in sys.argv[1:])]
main()
"""


@pytest.mark.parametrize("verb", ["fit", "prepare"])
def test_other_verbs_are_refused(verb: str) -> None:
    outcome = together(verb, "--help")
    assert outcome.code != 0
    assert outcome.said == [
        f"ulmus: a verb that one process does alone: '{verb}'; accepted: pretrain, finetune, "
        f"classifier, predict with several processes. Run 'ulmus {verb}' without torchrun."
    ]


def test_standard_input_is_refused(world: World) -> None:
    assert together("predict", world.language_model, "-").said == [
        "ulmus: standard input can be read by one process only: '-'; accepted: a file or a "
        "folder with several processes. Write it to a file, or run without torchrun."
    ]


def test_an_output_that_another_run_holds_is_told_once(world: World, tmp_path: Path) -> None:
    out = tmp_path / "model"
    with claimed(out):
        outcome = together("pretrain", world.corpus, "--out", out, "--model", "tiny", *QUICK)
    (line,) = outcome.said
    assert line.startswith("ulmus: another run is writing this output: ")
    assert list(tmp_path.iterdir()) == []


def test_a_source_that_cannot_be_read_is_told_once(world: World, tmp_path: Path) -> None:
    source = tmp_path / "films.csv"
    source.write_text("text\n", "utf-8")
    outcome = together("finetune", world.language_model, source, "--out", tmp_path / "out", *QUICK)
    (line,) = outcome.said
    assert str(source) in line
    assert [path.name for path in tmp_path.iterdir()] == ["films.csv"]


def test_processes_that_do_not_see_the_same_are_refused(world: World, tmp_path: Path) -> None:
    """As those of two machines may, which then would wait for each other."""
    program = tmp_path / "program.py"
    program.write_text(EACH_ITS_OWN, "utf-8")
    for rank, source in enumerate(["corpus", "other"]):
        table = write_table(tmp_path / f"{source}.csv", reviews(60 - rank))
        done("prepare", table, "--out", tmp_path / f"corpus-{rank}", "--seed", 1)
    quick = ("--out", tmp_path / "model", "--model", "tiny", *QUICK)
    outcome = together("pretrain", tmp_path / "corpus-RANK", *quick, program=[program])
    assert outcome.said == [
        "ulmus: the processes of this run do not see the same: 'corpus'; accepted: the same "
        "corpus, settings, precision and checkpoint for all. Start them with the same command, on "
        "file systems that hold the same."
    ]
    assert not list(tmp_path.glob("*model*"))


def test_a_loss_that_is_no_number_ends_all(world: World, tmp_path: Path) -> None:
    settings = ("learning_rate=1e30", "trainer.clip=1e30", "batch_size=4", "sequence_length=10")
    high = [part for setting in settings for part in ("--set", f"language_model.{setting}")]
    out = tmp_path / "model"
    outcome = together("pretrain", world.corpus, "--out", out, "--model", "tiny", *QUICK, *high)
    (line,) = outcome.said
    assert line.startswith("ulmus: the loss is no longer a finite number: ")
    assert list(tmp_path.iterdir()) == []
