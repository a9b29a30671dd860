"""Verbs that write, each with what it is told and how to see that its output is whole."""

from pathlib import Path
from typing import NamedTuple

from tests.recipes.small_world import documents
from ulmus.bundle.reader import load
from ulmus.corpus.reader import open_corpus
from ulmus.files import hash_file

TINY = ("--model", "tiny", "--seed", "1")


def write_table(path: Path) -> None:
    """Write labelled texts as CSV."""
    rows = [f"{each.text},{each.label}" for each in documents(400)]
    path.write_text("\n".join(["text,label", *rows]), "utf-8")


class Verb(NamedTuple):
    """A verb, and how to see that its output is whole.

    Attributes:
        name: Its name.
        options: What it is told besides source and output.
        files: Files of its output that are the same in every run.
    """

    name: str
    options: tuple[str, ...]
    files: tuple[str, ...]

    def loads(self, out: Path) -> None:
        """Read the output, which fails where it is not whole."""
        if self.name == "prepare":
            open_corpus(out)
        else:
            load(out)

    def result(self, out: Path) -> list[str]:
        """Return what must be the same in every run."""
        self.loads(out)
        return [hash_file(out / name) for name in self.files]


VERBS = (
    Verb("prepare", ("--seed", "1", "--workers", "0"), ("train.arrow", "valid.arrow")),
    Verb(
        "pretrain",
        (*TINY, "--epochs", "3", "--set", "engine.checkpoint_steps=3"),
        ("model.safetensors", "steps.csv"),
    ),
    Verb(
        "fit",
        (*TINY, "--set", "language_model.epochs=2", "--set", "classifier.epochs=2"),
        ("model.safetensors", "language-model/model.safetensors", "confusion.csv"),
    ),
)
