"""Labels that a classifier thinks improbable."""

from collections.abc import Sequence
from dataclasses import dataclass

from ulmus.bundle.text_classifier import TextClassifierBundle
from ulmus.errors import LabelError
from ulmus.text.sources import Document

SHOWN_LABELS = 20
IMPROBABLE = 0.05
"""The probability of its label below which a document is worth another look."""


@dataclass(frozen=True)
class Place:
    """Where a document stands.

    Args:
        split: Its split.
        row: Its number in it, 1 first.
        document: Itself.
    """

    split: str
    row: int
    document: Document


@dataclass(frozen=True)
class Suspicion:
    """A document whose label a classifier thinks improbable.

    Args:
        place: Where it stands.
        probability: That of its label.
        said: What the classifier says instead.
    """

    place: Place
    probability: float
    said: str


def suspicious_labels(classifier: TextClassifierBundle, places: Sequence[Place]) -> list[Suspicion]:
    """Return the documents whose label is less probable than 5 %, the least probable first.

    Args:
        classifier: One that says classes.
        places: The documents; those without a label, or with one it does not know, are left out.

    Raises:
        LabelError: It does not say classes, or none of the documents'.
    """
    known = {label: index for index, label in enumerate(classifier.labels)}
    judged = [place for place in places if place.document.label in known]
    if classifier.manifest.target != "class" or not judged:
        raise LabelError(
            "the classifier says other things than the labels",
            given=", ".join(classifier.labels[:SHOWN_LABELS]) or classifier.manifest.target,
            accepted="one that was trained on such labels",
            remedy="Name another with --classifier, and the right column with --label",
        )
    probabilities = classifier.predict_proba([place.document.columns for place in judged])
    found = [
        Suspicion(place, float(row[known[str(place.document.label)]]), str(classifier.named(row)))
        for place, row in zip(judged, probabilities, strict=True)
    ]
    improbable = [each for each in found if each.probability < IMPROBABLE]
    return sorted(improbable, key=lambda each: each.probability)
