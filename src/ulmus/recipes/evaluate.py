"""How good a saved model is on text it has not seen."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ulmus.bundle.language_model import LanguageModelBundle
from ulmus.bundle.text_classifier import TextClassifierBundle
from ulmus.corpus.targets import label_rows
from ulmus.errors import LabelError
from ulmus.evaluation.classification import ClassificationScore
from ulmus.evaluation.scoring import DocumentScore, score_documents
from ulmus.evaluation.tagging import TagScore
from ulmus.insight.confusion_plot import plot_confusion
from ulmus.insight.number_plot import plot_numbers
from ulmus.insight.tag_plot import plot_tags
from ulmus.recipes.labelled_split import parts_of
from ulmus.text.sources import Document, Source, SourceSettings, read_documents
from ulmus.text.targets import TargetKind, number_of

SHOWN_LABELS = 20
STORIES = {"class": "confusion.csv", "tags": "tags.csv", "number": "numbers.csv"}


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
) -> DocumentScore:
    """Compare predictions with the labels of a source.

    Args:
        bundle: The classifier.
        source: Labelled documents.
        settings: How they are read; the target is the classifier's.

    Raises:
        LabelError: A label that the classifier does not know.
        SourceError: The source cannot be read.
    """
    documents = list(read_documents(source, settings))
    true = true_targets(bundle, documents, settings)
    answers = bundle.answers([document.columns for document in documents])
    return score_documents(bundle.manifest.target, true, bundle.targets(answers), bundle.labels)


def true_targets(
    bundle: TextClassifierBundle, documents: list[Document], reading: SourceSettings
) -> NDArray[Any]:
    """Return what documents are to be judged as, in the form in which a corpus holds it.

    Shapes:
        returned: (N,) int64 classes, (N, C) bool tags or (N,) float64 numbers.

    Raises:
        LabelError: A label that the classifier does not know, or none, or one that is no number.
    """
    if reading.target == "number":
        return np.array([number_of(str(document.label)) for document in documents])
    parts = parts_of(reading)
    given = [parts(document) for document in documents]
    unknown = sorted({label for labels in given for label in labels} - set(bundle.labels))
    if unknown:
        known = ", ".join(bundle.labels[:SHOWN_LABELS])
        raise LabelError(
            "labels the classifier has never seen",
            given=", ".join(unknown[:SHOWN_LABELS]),
            accepted=known + (", …" if len(bundle.labels) > SHOWN_LABELS else ""),
            remedy="Mend them, leave those documents out, or train with them",
        )
    has = label_rows(given, bundle.labels)
    return has if reading.target == "tags" else has.argmax(1)


def story_of(target: TargetKind) -> str:
    """Return the name of the file that `write_score` always writes."""
    return STORIES[target]


def write_score(folder: Path, score: DocumentScore) -> None:
    """Write what lies behind the figures into a folder, as CSV and picture.

    That is confusion.csv and .png for classes, tags.csv and .png, or numbers.csv and .png.
    """
    path = folder / story_of(score.target)
    score.write(path)
    picture = path.with_suffix(".png")
    if isinstance(score, ClassificationScore):
        plot_confusion(picture, score.confusion, score.labels)
    elif isinstance(score, TagScore):
        plot_tags(picture, score.f1, score.counts, score.labels)
    else:
        plot_numbers(picture, score.true, score.predicted)
