"""A loaded text classifier with its processor."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from ulmus.bundle.encoding import Text, encoded
from ulmus.bundle.manifest import Manifest
from ulmus.errors import BundleError
from ulmus.inference.classifier import answer_of, predict_documents
from ulmus.inference.ensemble import average_answers
from ulmus.models.text_classifier import TextClassifier
from ulmus.text.processor import TextProcessor

THRESHOLD = 0.5
"""The probability from which on a document is given a tag."""

Prediction = str | tuple[str, ...] | float
"""A class, tags, or a number."""


@dataclass(frozen=True)
class TextClassifierBundle:
    """A classifier that names the class, or the tags, or the number of texts.

    It keeps no state between calls, so one bundle serves many threads.

    Args:
        model: In evaluation mode.
        processor: Text to ids and back.
        manifest: The facts of bundle.json; `manifest.target` says which of the three it names.
        backward: The companion that reads from the end; its answers are averaged in.
    """

    model: TextClassifier
    processor: TextProcessor
    manifest: Manifest
    backward: "TextClassifierBundle | None" = None
    kind: Literal["text-classifier"] = "text-classifier"

    @property
    def labels(self) -> tuple[str, ...]:
        """Names of the classes or tags, in the order of the probabilities."""
        return self.manifest.labels

    def predict(self, texts: Sequence[Text]) -> list[Any]:
        """Return the most probable class of each text, or its tags as a tuple, or its number.

        A tag is given from a probability of one half on.

        Raises:
            SourceError: A single text was given instead of a list, or something that is no text.
        """
        return [self.named(row) for row in self.answers(encoded(self.processor, texts))]

    def predict_proba(self, texts: Sequence[Text]) -> npt.NDArray[np.float32]:
        """Return the probability of each class or tag for each text, (N, C).

        The probabilities of classes sum to one, those of tags do not. A text's probabilities do
        not depend on what else is in the list.

        Raises:
            BundleError: The model says numbers.
            SourceError: A single text was given instead of a list, or something that is no text.
        """
        if self.manifest.target == "number":
            raise BundleError(
                "the model says numbers, which have no probabilities",
                given="predict_proba",
                accepted="predict",
                remedy="Call predict",
            )
        return self.answers(encoded(self.processor, texts)).astype(np.float32, copy=False)

    def answers(self, documents: Sequence[npt.NDArray[np.integer]]) -> npt.NDArray[np.floating]:
        """Return the probabilities, (N, C), or numbers, (N, 1), for documents given as ids."""
        read = [ids[::-1] for ids in documents] if self.manifest.backward else documents
        answer = answer_of(self.manifest.target, self.manifest.number)
        mine = predict_documents(self.model, read, answer)
        if self.backward is None:
            return mine
        return average_answers([mine, self.backward.answers(documents)])

    def targets(self, answers: npt.NDArray[np.floating]) -> npt.NDArray[Any]:
        """Return what answers come down to, in the form in which a corpus holds targets.

        Shapes:
            answers: (N, C); returned: (N,) int64 classes, (N, C) bool tags or (N,) float64
            numbers.
        """
        if self.manifest.target == "number":
            return answers[:, 0].astype(np.float64)
        return answers >= THRESHOLD if self.manifest.target == "tags" else answers.argmax(1)

    def named(self, answer: npt.NDArray[np.floating]) -> Prediction:
        """Return one answer, (C,), as a class, tags or a number."""
        target = self.targets(answer[None])[0]
        if self.manifest.target == "number":
            return float(target)
        if self.manifest.target == "tags":
            return tuple(label for label, has in zip(self.labels, target, strict=True) if has)
        return self.labels[int(target)]
