"""The whole path: a table of texts and a few labels in, a classifier and honest figures out."""

import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from rich.console import Console

from ulmus.bundle.language_model import LanguageModelBundle
from ulmus.bundle.manifest import MARKER
from ulmus.bundle.text_classifier import TextClassifierBundle
from ulmus.corpus.layout import TEST, VALID
from ulmus.files import atomic_folder, check_replaceable, claimed, fingerprint
from ulmus.insight.report import FitReport
from ulmus.recipes.finish import QUIET, beside
from ulmus.recipes.fit_calibration import calibrated, network_answers
from ulmus.recipes.fit_documents import FitDocuments, FitSources, gather
from ulmus.recipes.fit_report import FitScores, report_on, write_fit
from ulmus.recipes.fit_settings import FitSettings
from ulmus.recipes.fit_stages import FitStages
from ulmus.recipes.linear_models import linear_models
from ulmus.recipes.starting_models import check_pretrained, starting_models
from ulmus.recipes.work_folder import WorkFolder
from ulmus.text.tokenizers import Function
from ulmus.training.engine import Engine


class FitResult(NamedTuple):
    """The classifier, the language model beneath it, and the figures."""

    bundle: TextClassifierBundle
    language_model: LanguageModelBundle
    report: FitReport


def fit(
    sources: FitSources,
    out: Path,
    settings: FitSettings,
    *,
    language_models: Sequence[LanguageModelBundle] | None = None,
    tokenize: Function | None = None,
    console: Console = QUIET,
    resume: bool = False,
) -> FitResult:
    """Fine-tune a language model on the task's text, train a classifier upon it, and report.

    Test texts are kept out of everything but the last figures.

    Args:
        sources: Labelled documents, and what else there is.
        out: The bundle's folder.
        settings: How.
        language_models: Pretrained models to start from, at most one a direction. A direction
            without one learns from the text alone. None takes what `starting_models` finds.
        tokenize: A function tokenizer, in the place of the one `settings` names.
        console: Where progress is shown.
        resume: Whether to keep what an interrupted run had finished.

    Raises:
        BundleError: The language models do not go together.
        CheckpointError: `resume` where the interrupted run was another one.
        LabelError: One class only, a class with a single document, or an unknown label.
        OutputError: The folder is taken by something else, or cannot be written.
        SourceError: A source cannot be read.
    """
    started = time.monotonic()
    check_replaceable(out, MARKER)
    check_pretrained(language_models or ())
    with claimed(out):
        documents = gather(sources, settings.prepare, test_share=settings.test_share)
        if language_models is None:
            language_models = starting_models(settings, documents.split.train, tokenize)
        work, engine = WorkFolder(work_of(out), resume), Engine(settings.engine)
        stages = FitStages(work, documents, settings, engine, console, started)
        work.open(_identity(documents, settings, language_models))
        with work.used():
            result, scores = _fitted(stages, language_models, tokenize, started)
            with atomic_folder(out, MARKER) as folder:
                write_fit(folder, result.bundle, result.report, scores, work.path)
    return result


def _fitted(
    stages: FitStages,
    language_models: Sequence[LanguageModelBundle],
    tokenize: Function | None,
    started: float,
) -> tuple[FitResult, FitScores]:
    documents, models = stages.documents, stages.run(language_models, tokenize)
    linear = linear_models(models.labelled, documents)
    blended = linear.logistic if stages.settings.blend else None
    bundle = models.classifier()
    valid, test = (network_answers(bundle, models.labelled, name) for name in (VALID, TEST))
    bundle = calibrated(bundle, models.labelled, valid, blended)
    report, scores = report_on(bundle, models, test, linear, started)
    return FitResult(bundle, models.pairs[0].language_model, report), scores


def work_of(out: Path) -> Path:
    """Return where the run that makes `out` keeps its finished stages."""
    return beside(out, "work")


def _identity(
    documents: FitDocuments, settings: FitSettings, language_models: Sequence[LanguageModelBundle]
) -> str:
    """Fingerprint of everything that a continued run must share with its beginning."""
    models = [model.manifest.model_dump(mode="json") for model in language_models]
    return fingerprint([documents.identity(), settings.model_dump(mode="json"), models])
