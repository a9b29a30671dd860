"""How `fit` ends: figures beside those of a linear model, and everything in one folder."""

import json
import shutil
import time
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ulmus.bundle.manifest import BACKWARD
from ulmus.bundle.text_classifier import TextClassifierBundle
from ulmus.bundle.writer import write_bundle
from ulmus.corpus.layout import TEST, TRAIN, VALID
from ulmus.evaluation.reliability import Reliability, reliability
from ulmus.evaluation.scoring import DocumentScore, score_documents
from ulmus.insight.reliability_plot import plot_reliability
from ulmus.insight.report import FitReport
from ulmus.recipes.evaluate import write_score
from ulmus.recipes.fit_stages import CLASSIFIERS, LANGUAGE_MODELS, FitModels
from ulmus.recipes.linear_models import LinearModels
from ulmus.recipes.watching import PICTURE, TABLE

REPORT = "report.json"
STORY = ("history.csv", "steps.csv", "history.png", TABLE, PICTURE)


class FitScores(NamedTuple):
    """What was measured on the test documents, behind the report's figures."""

    documents: DocumentScore
    reliability: Reliability | None


def report_on(
    bundle: TextClassifierBundle,
    models: FitModels,
    network: NDArray[np.floating],
    linear: LinearModels,
    started: float,
) -> tuple[FitReport, FitScores]:
    """Measure the classifier and the linear models on the same test documents.

    Args:
        bundle: The classifier.
        models: What it is made of.
        network: What its networks say of the test documents, (N, C).
        linear: What the linear models say.
        started: When `fit` began, by `time.monotonic`.

    Returns:
        The report, and what lies behind it.
    """
    labelled, kind = models.labelled, bundle.manifest.target
    true, logistic = np.asarray(labelled.split(TEST).targets), linear.logistic

    def scored(answers: NDArray[Any]) -> DocumentScore:
        return score_documents(kind, true, bundle.targets(answers), labelled.labels)

    answers = bundle.combined(network, logistic.test if bundle.ngrams and logistic else None)
    score = scored(answers)
    sure = None if kind == "number" else reliability(true, answers)
    report = FitReport(
        **_learned(models),
        figures=score.figures,
        network_figures=scored(network).figures if bundle.ngrams else None,
        linear_figures=score_documents(kind, true, linear.predicted, labelled.labels).figures,
        logistic_figures=None if logistic is None else scored(logistic.test).figures,
        calibration_error=sure and sure.expected_error,
        calibration_error_before=sure and reliability(true, network).expected_error,
        minutes=(time.monotonic() - started) / 60,
    )
    return report, FitScores(score, sure)


def _learned(models: FitModels) -> dict[str, Any]:
    """Return the report's figures of the text and of what the language model makes of it."""
    labelled, test = models.labelled, models.labelled.split(TEST)
    train, learned = (each.split(TRAIN).document_count for each in (labelled, models.learned))
    model = models.pairs[0].language_model.manifest
    return {
        "classes": len(labelled.labels),
        "train_documents": train,
        "pseudo_labelled_documents": None if models.learned is labelled else learned - train,
        "valid_documents": labelled.split(VALID).document_count,
        "test_documents": test.document_count,
        "tokens": models.text.split(TRAIN).token_count,
        "out_of_vocabulary": test.unknown_count / max(test.token_count, 1),
        "perplexity_before": model.provenance.get("valid_perplexity_before"),
        "perplexity_after": model.metrics["valid_perplexity"],
    }


def write_fit(
    folder: Path,
    bundle: TextClassifierBundle,
    report: FitReport,
    scores: FitScores,
    work: Path,
) -> None:
    """Write the classifier, its report and the language models into a folder.

    Args:
        folder: Where; it is there and empty.
        bundle: The classifier.
        report: Its figures.
        scores: What lies behind them.
        work: Where the stages left histories and language models.
    """
    metrics = {f"test_{name}": value for name, value in report.figures.items()}
    manifest = bundle.manifest.with_(metrics={**bundle.manifest.metrics, **metrics})
    write_bundle(folder, replace(bundle, manifest=manifest))
    report_text = json.dumps(report.as_json(), indent=2, ensure_ascii=False)
    (folder / REPORT).write_text(report_text + "\n", "utf-8")
    write_score(folder, scores.documents)
    if scores.reliability is not None:
        error = scores.reliability.expected_error
        scores.reliability.write(folder / "reliability.csv")
        plot_reliability(folder / "reliability.png", *scores.reliability, expected_error=error)
    made = [work / name for name in CLASSIFIERS if (work / name).exists()]
    for classifier, target in zip(made, (folder, folder / BACKWARD), strict=False):
        for story in STORY:
            if (classifier / story).exists():
                shutil.copy(classifier / story, target)
    for name in LANGUAGE_MODELS:
        if (work / name).exists():
            shutil.copytree(work / name, folder / name)
