"""How `fit` ends: figures beside those of a linear model, and everything in one folder."""

import json
import shutil
import time
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ulmus.bundle.manifest import BACKWARD
from ulmus.bundle.text_classifier import TextClassifierBundle
from ulmus.bundle.writer import write_bundle
from ulmus.corpus.layout import TEST, TRAIN, VALID
from ulmus.corpus.reader import Corpus
from ulmus.evaluation.linear_baseline import linear_baseline, without_special_tokens
from ulmus.evaluation.scoring import DocumentScore, score_documents
from ulmus.insight.report import FitReport
from ulmus.recipes.evaluate import write_score
from ulmus.recipes.fit_documents import FitDocuments
from ulmus.recipes.fit_stages import CLASSIFIERS, LANGUAGE_MODELS, FitModels
from ulmus.text.processor import TextProcessor
from ulmus.text.sources import Document

REPORT = "report.json"
STORY = ("history.csv", "steps.csv", "history.png")


def report_on(
    bundle: TextClassifierBundle,
    models: FitModels,
    documents: FitDocuments,
    started: float,
) -> tuple[FitReport, DocumentScore]:
    """Measure the classifier and the linear baseline on the same test documents.

    Args:
        bundle: The classifier.
        models: What it is made of.
        documents: The labelled documents.
        started: When `fit` began, by `time.monotonic`.

    Returns:
        The report and the classifier's score.
    """
    text, labelled = models.text, models.labelled
    test = labelled.split(TEST)
    true = np.asarray(test.targets)
    kind = bundle.manifest.target
    ids = [test.document(index) for index in range(test.document_count)]
    said = bundle.targets(bundle.answers(ids))
    score = score_documents(kind, true, said, labelled.labels)
    baseline = score_documents(kind, true, _baseline(labelled, documents), labelled.labels)
    model = models.pairs[0].language_model.manifest
    report = FitReport(
        classes=len(labelled.labels),
        train_documents=labelled.split(TRAIN).document_count,
        valid_documents=labelled.split(VALID).document_count,
        test_documents=test.document_count,
        tokens=text.split(TRAIN).token_count,
        out_of_vocabulary=test.unknown_count / max(test.token_count, 1),
        perplexity_before=model.provenance.get("valid_perplexity_before"),
        perplexity_after=model.metrics["valid_perplexity"],
        figures=score.figures,
        linear_figures=baseline.figures,
        minutes=(time.monotonic() - started) / 60,
    )
    return report, score


def write_fit(
    folder: Path,
    bundle: TextClassifierBundle,
    report: FitReport,
    score: DocumentScore,
    work: Path,
) -> None:
    """Write the classifier, its report and the language models into a folder.

    Args:
        folder: Where; it is there and empty.
        bundle: The classifier.
        report: Its figures.
        score: What lies behind them.
        work: Where the stages left histories and language models.
    """
    metrics = {f"test_{name}": value for name, value in report.figures.items()}
    manifest = bundle.manifest.with_(metrics={**bundle.manifest.metrics, **metrics})
    write_bundle(folder, replace(bundle, manifest=manifest))
    report_text = json.dumps(report.as_json(), indent=2, ensure_ascii=False)
    (folder / REPORT).write_text(report_text + "\n", "utf-8")
    write_score(folder, score)
    made = [work / name for name in CLASSIFIERS if (work / name).exists()]
    for classifier, target in zip(made, (folder, folder / BACKWARD), strict=False):
        for story in STORY:
            shutil.copy(classifier / story, target)
    for name in LANGUAGE_MODELS:
        if (work / name).exists():
            shutil.copytree(work / name, folder / name)


def _baseline(labelled: Corpus, documents: FitDocuments) -> NDArray[Any]:
    """Return the linear model's predictions for the test documents."""
    characters = labelled.processor.tokenizer.spec == "characters"
    return linear_baseline(
        _words(documents.split.train, labelled.processor),
        np.asarray(labelled.split(TRAIN).targets),
        _words(documents.split.test, labelled.processor),
        # Pairs of letters say little; runs of up to five make a baseline as strong as words do.
        longest=5 if characters else 2,
    )


def _words(documents: Iterable[Document], processor: TextProcessor) -> Iterator[list[str]]:
    """Yield what the linear model reads: the tokens of the whole text, none special."""
    for document in documents:
        yield without_special_tokens(processor.tokens(document.columns))
