"""How good a saved model is on text it has not seen."""

from pathlib import Path
from typing import Any

import numpy as np

from ulmus.bundle.language_model import LanguageModelBundle
from ulmus.bundle.text_classifier import TextClassifierBundle
from ulmus.errors import LabelError
from ulmus.evaluation.classification import ClassificationScore, score_classification
from ulmus.insight.confusion_plot import plot_confusion
from ulmus.text.sources import Document, Source, SourceSettings, read_documents

SHOWN_LABELS = 20


def evaluate_language_model(
    bundle: LanguageModelBundle, source: Source, settings: SourceSettings
) -> dict[str, Any]:
    """Return perplexity, bits per character and tokens of a source's documents, each by itself.

    Raises:
        SourceError: The source cannot be read.
    """
    documents = list(read_documents(source, settings))
    result = bundle.perplexity([document.columns for document in documents])
    return {
        "documents": len(documents),
        "tokens": result.token_count,
        "perplexity": result.per_token,
        "bits_per_character": result.bits_per_character,
    }


def evaluate_classifier(
    bundle: TextClassifierBundle, source: Source, settings: SourceSettings
) -> ClassificationScore:
    """Compare predictions with the labels of a source.

    Raises:
        LabelError: A label that the classifier does not know.
        SourceError: The source cannot be read.
    """
    documents = list(read_documents(source, settings))
    true = true_labels(bundle, documents)
    probabilities = bundle.predict_proba([document.columns for document in documents])
    return score_classification(true, probabilities.argmax(1), bundle.labels)


def true_labels(bundle: TextClassifierBundle, documents: list[Document]) -> np.ndarray[Any, Any]:
    """Return the ids of documents' labels, (N,) int64.

    Raises:
        LabelError: A label that the classifier does not know, or none.
    """
    ids = {label: index for index, label in enumerate(bundle.labels)}
    unknown = sorted({str(d.label) for d in documents if d.label not in ids})
    if unknown:
        known = ", ".join(bundle.labels[:SHOWN_LABELS])
        raise LabelError(
            "labels the classifier has never seen",
            given=", ".join(unknown[:SHOWN_LABELS]),
            accepted=known + (", …" if len(bundle.labels) > SHOWN_LABELS else ""),
            remedy="Mend them, leave those documents out, or train with them",
        )
    return np.array([ids[d.label] for d in documents if d.label is not None], np.int64)


def write_confusion(folder: Path, score: ClassificationScore) -> None:
    """Write the confusion matrix as confusion.csv and confusion.png into a folder."""
    score.write_confusion(folder / "confusion.csv")
    plot_confusion(folder / "confusion.png", score.confusion, score.labels)
