"""Models that many tests use, made once by the chain of verbs that makes them."""

from pathlib import Path
from typing import NamedTuple

import pytest

from tests.cli.films import reviews, write_table
from tests.cli.running import TINY, Outcome, done

IN_EARNEST = (
    *("--epochs", "8", "--seed", "1"),
    *("--set", "classifier.batch_size=8", "--set", "classifier.learning_rate=0.01"),
)
"""Enough for a classifier that tells all reviews apart."""


class Chain(NamedTuple):
    """What the verbs made one after the other, and what they said."""

    table: Path
    corpus: Path
    language_model: Path
    finetuned: Path
    classifier: Path
    said: dict[str, Outcome]


@pytest.fixture(scope="session")
def films(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A table of 60 reviews in the columns `text` and `label`."""
    return write_table(tmp_path_factory.mktemp("films") / "films.csv", reviews(60))


@pytest.fixture(scope="session")
def chain(films: Path, tmp_path_factory: pytest.TempPathFactory) -> Chain:
    """All models, in a folder that tests only read."""
    folder = tmp_path_factory.mktemp("chain")
    corpus, base, finetuned, classifier = (
        folder / name for name in ("corpus", "language-model", "finetuned", "classifier")
    )
    # By this seed both classes are among the few documents held out.
    one = ("--epochs", "1", "--seed", "1")
    said = {
        "prepare": done("prepare", films, "--out", corpus, "--seed", "1"),
        "pretrain": done("pretrain", corpus, "--out", base, *one, "--model", "tiny"),
        "finetune": done("finetune", base, films, "--out", finetuned, *one),
        "classifier": done("classifier", finetuned, films, "--out", classifier, *IN_EARNEST),
    }
    return Chain(films, corpus, base, finetuned, classifier, said)


@pytest.fixture(scope="session")
def fitted(films: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Outcome]:
    """A bundle that `ulmus fit` made in both directions, and what it said."""
    out = tmp_path_factory.mktemp("fitted") / "model"
    few = ("--set", "language_model.epochs=1", "--set", "classifier.epochs=1")
    return out, done("fit", films, "--out", out, *TINY, *few, "--both-directions")
