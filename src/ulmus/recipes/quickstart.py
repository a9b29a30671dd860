"""The whole path on text that every installation carries, in a few minutes."""

import shutil
from pathlib import Path
from typing import NamedTuple

from rich.console import Console

from ulmus.bundle.manifest import MARKER
from ulmus.files import check_replaceable
from ulmus.recipes.classifier_settings import ClassifierTrainingSettings
from ulmus.recipes.docstrings import (
    SCIENTIFIC,
    STANDARD_LIBRARY,
    labelled_docstrings,
    spaced,
)
from ulmus.recipes.finish import QUIET, beside
from ulmus.recipes.fit import FitResult, fit, work_of
from ulmus.recipes.fit_documents import FitSources
from ulmus.recipes.fit_settings import FitSettings
from ulmus.recipes.labelled_split import divide
from ulmus.recipes.language_model_settings import LanguageModelSettings
from ulmus.recipes.prepare import PrepareSettings, Sources, prepare
from ulmus.recipes.pretrain import pretrain
from ulmus.recipes.work_folder import IDENTITY
from ulmus.settings import Settings
from ulmus.text.sources import Document
from ulmus.training.engine import Engine, EngineSettings

MOST_DOCUMENTS = 600
"""Docstrings of each package that are classified, or fine-tuned on."""
MOST_GENERAL = 2500
"""Docstrings of the standard library to pretrain on."""
LABELS = 50
CORPUS = "corpus"
TEST_SHARE = 0.2


class QuickstartSettings(Settings):
    """Everything `ulmus quickstart` can be told.

    The epochs are few, so that all is done within four minutes on two cores.
    """

    prepare: PrepareSettings = PrepareSettings(min_freq=2)
    pretraining: LanguageModelSettings = LanguageModelSettings(model="small", epochs=3)
    finetuning: LanguageModelSettings = LanguageModelSettings(epochs=2, frozen_epochs=1)
    classifier: ClassifierTrainingSettings = ClassifierTrainingSettings(
        epochs=20, batch_size=8, learning_rate=4e-3, dropout_multiplier=0.3
    )
    engine: EngineSettings = EngineSettings()


class Text(NamedTuple):
    """The docstrings: general ones to pretrain on, labelled ones, and the rest."""

    general: list[Document]
    labelled: list[Document]
    unlabelled: list[Document]
    test: list[Document]


def quickstart(out: Path, settings: QuickstartSettings, *, console: Console = QUIET) -> FitResult:
    """Pretrain on the standard library's docstrings, then fit a classifier of packages.

    The label of a docstring is the package it stands in; at most 50 labels a class are used.

    Args:
        out: The classifier's folder.
        settings: How.
        console: Where progress is shown.

    Raises:
        OutputError: The folder is taken by something else, or cannot be written.
    """
    check_replaceable(out, MARKER)
    work = beside(out, "pretraining")
    check_replaceable(work, CORPUS)
    check_replaceable(work_of(out), IDENTITY)
    engine = Engine(settings.engine)
    console.print("reading the docstrings of the installed packages")
    text = _text(settings.engine.seed)
    try:
        corpus = prepare(Sources(train=text.general), work / CORPUS, settings.prepare)
        pretrained = pretrain(
            corpus, work / "language-model", settings.pretraining, engine, console=console
        )
    finally:
        shutil.rmtree(work, ignore_errors=True)
    try:
        return fit(
            FitSources(labelled=text.labelled, unlabelled=text.unlabelled, test=text.test),
            out,
            _fit_settings(settings),
            language_models=[pretrained],
            console=console,
        )
    except KeyboardInterrupt:  # a quickstart is not gone on with
        shutil.rmtree(work_of(out), ignore_errors=True)
        raise


def _fit_settings(settings: QuickstartSettings) -> FitSettings:
    return FitSettings().with_(
        prepare={**settings.prepare.model_dump(), "source": {"label": "label"}},
        language_model=settings.finetuning,
        classifier=settings.classifier,
        engine=settings.engine,
    )


def _text(seed: int) -> Text:
    found = {name: labelled_docstrings(name) for name in (STANDARD_LIBRARY, *SCIENTIFIC)}
    domain = [document for all_ in found.values() for document in spaced(all_, MOST_DOCUMENTS)]
    chosen = {document.columns for document in domain}
    general = [d for d in found[STANDARD_LIBRARY] if d.columns not in chosen]
    split = divide(domain, valid_share=0, test_share=TEST_SHARE, seed=seed)
    labelled: list[Document] = []
    unlabelled: list[Document] = []
    for label in found:
        members = [document for document in split.train if document.label == label]
        labelled += members[:LABELS]
        unlabelled += [Document(document.columns, None) for document in members[LABELS:]]
    return Text(spaced(general, MOST_GENERAL), labelled, unlabelled, split.test)
