"""A language model and a corpus that the tests of several processes start from."""

from pathlib import Path
from typing import NamedTuple

import pytest

from tests.cli.films import reviews, write_table
from tests.cli.running import done

QUICK = ("--epochs", 1, "--seed", 1, "--set", "engine.device=cpu")


class World(NamedTuple):
    """What one process made."""

    table: Path
    corpus: Path
    language_model: Path


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    """Reviews, their corpus, and a language model of them, which tests only read."""
    folder = tmp_path_factory.mktemp("world")
    table = write_table(folder / "films.csv", reviews(60))
    corpus, model = folder / "corpus", folder / "language-model"
    done("prepare", table, "--out", corpus, "--seed", 1)
    done("pretrain", corpus, "--out", model, "--model", "tiny", *QUICK)
    return World(table, corpus, model)
