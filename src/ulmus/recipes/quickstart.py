"""The whole path on text that every installation carries, in a few minutes."""

import shutil
from pathlib import Path
from typing import NamedTuple

from rich.console import Console

from ulmus.bundle.manifest import MARKER
from ulmus.files import check_replaceable
from ulmus.recipes.docstrings import (
    SCIENTIFIC,
    STANDARD_LIBRARY,
    labelled_docstrings,
    spaced,
)
from ulmus.recipes.finish import QUIET
from ulmus.recipes.fit import FitResult, fit, work_of
from ulmus.recipes.fit_documents import FitSources
from ulmus.recipes.fit_settings import FitSettings
from ulmus.recipes.labelled_split import divide
from ulmus.recipes.work_folder import IDENTITY
from ulmus.text.sources import Document

MOST_DOCUMENTS = 600
"""Docstrings of each package that are classified, or fine-tuned on."""
LABELS = 50
TEST_SHARE = 0.2


class QuickstartSettings(FitSettings):
    """Everything `ulmus quickstart` can be told.

    With 45 labels a class to learn from, words alone know much that networks do not.
    """

    blend: bool = True


class Text(NamedTuple):
    """The docstrings: labelled ones, and the rest."""

    labelled: list[Document]
    unlabelled: list[Document]
    test: list[Document]


def quickstart(out: Path, settings: QuickstartSettings, *, console: Console = QUIET) -> FitResult:
    """Fit a classifier that tells from a docstring which package it stands in.

    At most 50 labels a class are used; all else is text for the language model.

    Args:
        out: The classifier's folder.
        settings: How.
        console: Where progress is shown.

    Raises:
        OutputError: The folder is taken by something else, or cannot be written.
    """
    check_replaceable(out, MARKER)
    check_replaceable(work_of(out), IDENTITY)
    console.print("reading the docstrings of the installed packages")
    text = _text(settings.engine.seed)
    try:
        sources = FitSources(text.labelled, unlabelled=text.unlabelled, test=text.test)
        return fit(sources, out, settings, console=console)
    except KeyboardInterrupt:  # a quickstart is not gone on with
        shutil.rmtree(work_of(out), ignore_errors=True)
        raise


def _text(seed: int) -> Text:
    found = {name: labelled_docstrings(name) for name in (STANDARD_LIBRARY, *SCIENTIFIC)}
    domain = [document for all_ in found.values() for document in spaced(all_, MOST_DOCUMENTS)]
    split = divide(domain, valid_share=0, test_share=TEST_SHARE, seed=seed)
    labelled: list[Document] = []
    unlabelled: list[Document] = []
    for label in found:
        members = [document for document in split.train if document.label == label]
        labelled += members[:LABELS]
        unlabelled += [Document(document.columns, None) for document in members[LABELS:]]
    return Text(labelled, unlabelled, split.test)
