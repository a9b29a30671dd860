"""Two processes learn what one learns from as many rows, whatever is left over for each."""

import csv
import json
from pathlib import Path

import pytest

from tests.cli.films import reviews, write_table
from tests.cli.running import done
from tests.processes.conftest import QUICK, World
from tests.processes.running import done_together

NO_DROPOUT = ("--set", "language_model.dropout_multiplier=0", "--set", "engine.precision=fp32")


NEAR = 1.1e-5
"""The files give five decimals, of which the last may be rounded to either side."""


def losses(folder: Path) -> list[float]:
    """Return all losses of a run: of its steps, and of training and validation in each epoch."""
    found = []
    for name, columns in (
        ("steps.csv", ["train_loss"]),
        ("history.csv", ["train_loss", "valid_loss"]),
    ):
        with (folder / name).open(encoding="utf-8", newline="") as file:
            found += [float(row[column]) for row in csv.DictReader(file) for column in columns]
    return found


def valid_perplexity(folder: Path) -> float:
    """Return with all digits how a finished model was judged."""
    metrics = json.loads((folder / "bundle.json").read_text("utf-8"))["metrics"]
    return float(metrics["valid_perplexity"])


def pretraining(corpus: Path, out: Path, *, rows: int, steps: int) -> tuple[object, ...]:
    """Return a command that trains without any dropout."""
    settings = (f"language_model.batch_size={rows}", f"language_model.sequence_length={steps}")
    sized = (part for setting in settings for part in ("--set", setting))
    three = ("--epochs", 3, "--seed", 1, "--model", "tiny", "--set", "engine.device=cpu")
    return ("pretrain", corpus, "--out", out, *three, *sized, *NO_DROPOUT)


def test_two_processes_have_the_losses_of_one_with_twice_the_rows(
    world: World, tmp_path: Path
) -> None:
    done(*pretraining(world.corpus, tmp_path / "one", rows=8, steps=10))
    said = done_together(*pretraining(world.corpus, tmp_path / "two", rows=4, steps=10))
    one, two = losses(tmp_path / "one"), losses(tmp_path / "two")
    assert len(one) > 20
    assert two == pytest.approx(one, rel=0, abs=NEAR)
    exact = [valid_perplexity(tmp_path / name) for name in ("one", "two")]
    assert exact[1] == pytest.approx(exact[0], rel=1e-5)
    assert said.count("saved: ") == 1
    assert {path.name for path in tmp_path.iterdir()} == {"one", "two"}


@pytest.mark.parametrize(("words", "rows"), [(27, "two and one"), (12, "one and none")])
def test_rows_that_cannot_be_shared_evenly_count_alike(
    words: int, rows: str, tmp_path: Path
) -> None:
    train, valid, corpus = (tmp_path / name for name in ("train.txt", "valid.txt", "corpus"))
    train.write_text("a b c " * (words // 3) + "\n", "utf-8")
    valid.write_text("a b c a b c a b c\n", "utf-8")
    done("prepare", train, "--valid", valid, "--out", corpus, "--set", "min_freq=1")
    # The last batch of an epoch has fewer columns as well.
    done(*pretraining(corpus, tmp_path / "one", rows=8, steps=5))
    done_together(*pretraining(corpus, tmp_path / "two", rows=4, steps=5))
    one, two = losses(tmp_path / "one"), losses(tmp_path / "two")
    assert two == pytest.approx(one, rel=0, abs=NEAR), rows


def test_a_language_model_is_finetuned_on_a_source(world: World, tmp_path: Path) -> None:
    command = ("finetune", world.language_model, world.table, "--text", "text", *QUICK)
    rows = (*NO_DROPOUT, "--set")
    done(*command, *rows, "language_model.batch_size=8", "--out", tmp_path / "one")
    done_together(*command, *rows, "language_model.batch_size=4", "--out", tmp_path / "two")
    assert losses(tmp_path / "two") == pytest.approx(losses(tmp_path / "one"), rel=0, abs=NEAR)
    assert {path.name for path in tmp_path.iterdir()} == {"one", "two"}


def test_a_classifier_learns_from_both_processes(world: World, tmp_path: Path) -> None:
    settings = ("classifier.batch_size=4", "classifier.learning_rate=0.01", "engine.device=cpu")
    flags = [part for setting in settings for part in ("--set", setting)]
    command = ("classifier", world.language_model, world.table, "--epochs", 8, "--seed", 1)
    out = tmp_path / "classifier"
    done_together(*command, *flags, "--out", out)
    with (out / "history.csv").open(encoding="utf-8", newline="") as file:
        *_, last = csv.DictReader(file)
    assert float(last["accuracy"]) == 1.0  # with the running figures of both, too


def test_too_few_documents_for_all_hang_nobody(world: World, tmp_path: Path) -> None:
    """Of three documents none is left for the second process: batch norm needs two."""
    (one, _), (two, _), (three, _) = reviews(3)
    train = write_table(tmp_path / "train.csv", [(one, "1"), (two, "2"), (three, "4")])
    valid = write_table(tmp_path / "valid.csv", [(one, "1"), (two, "2")])
    flags = ("--target", "number", "--valid", valid, *QUICK, "--set", "classifier.batch_size=2")
    done_together("classifier", world.language_model, train, *flags, "--out", tmp_path / "out")
