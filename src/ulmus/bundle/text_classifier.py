"""A loaded text classifier with its processor."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from ulmus.bundle.encoding import Text, checked
from ulmus.bundle.manifest import Manifest
from ulmus.errors import BundleError
from ulmus.inference.classifier import answer_of, predict_documents
from ulmus.inference.ensemble import average_answers
from ulmus.models.ngram_classifier import NgramClassifier
from ulmus.models.ngram_features import without_special_tokens
from ulmus.models.text_classifier import TextClassifier
from ulmus.text.processor import TextProcessor

SAID = {"class": "classes", "tags": "tags", "number": "numbers"}

THRESHOLD = 0.5
"""The probability from which on a document is given a tag."""

Prediction = str | tuple[str, ...] | float | None
"""A class, tags, or a number; None where the model is not sure enough of a class."""


@dataclass(frozen=True)
class TextClassifierBundle:
    """A classifier that names the class, or the tags, or the number of texts.

    It keeps no state between calls, so one bundle serves many threads.

    Args:
        model: In evaluation mode.
        processor: Text to ids and back.
        manifest: The facts of bundle.json; `manifest.target` says which of the three it names.
        backward: The companion that reads from the end; its answers are averaged in.
        ngrams: A linear model that has a say, as much as `manifest.calibration` gives it.
    """

    model: TextClassifier
    processor: TextProcessor
    manifest: Manifest
    backward: "TextClassifierBundle | None" = None
    ngrams: NgramClassifier | None = None
    kind: Literal["text-classifier"] = "text-classifier"

    @property
    def labels(self) -> tuple[str, ...]:
        """Names of the classes or tags, in the order of the probabilities."""
        return self.manifest.labels

    def predict(self, texts: Sequence[Text], *, abstain_below: float = 0.0) -> list[Any]:
        """Return the most probable class of each text, or its tags as a tuple, or its number.

        A tag is given from a probability of one half on.

        Args:
            texts: Texts, or sequences of columns.
            abstain_below: The probability below which a class is not told; None stands for it.

        Raises:
            BundleError: `abstain_below` with a model that says tags or numbers.
            SourceError: A single text was given instead of a list, or something that is no text.
        """
        self.check_abstaining(abstain_below)
        return [self.named(row, abstain_below) for row in self.answers(texts)]

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
        return self.answers(texts).astype(np.float32, copy=False)

    def answers(self, texts: Sequence[Text]) -> npt.NDArray[np.floating]:
        """Return the probabilities, (N, C), or numbers, (N, 1), for texts.

        Raises:
            SourceError: A single text was given instead of a list, or something that is no text.
        """
        tokens = list(map(self.processor.tokens, checked(texts)))
        network = self.network_answers(list(map(self.processor.vocabulary.ids, tokens)))
        words = map(without_special_tokens, tokens)
        ngrams = None if self.ngrams is None else self.ngrams.probabilities(words)
        return self.combined(network, ngrams)

    def combined(
        self, network: npt.NDArray[np.floating], ngrams: npt.NDArray[np.floating] | None
    ) -> npt.NDArray[np.floating]:
        """Return calibrated answers.

        Args:
            network: What the networks say.
            ngrams: What the linear model says; None if there is none.

        Shapes:
            network, ngrams, returned: (N, C); or (N, 1) numbers, which stay as they are.
        """
        if self.manifest.target == "number":
            return network
        tags = self.manifest.target == "tags"
        return self.manifest.calibration.apply(network, ngrams, tags=tags)

    def network_answers(
        self, documents: Sequence[npt.NDArray[np.integer]]
    ) -> npt.NDArray[np.floating]:
        """Return what the networks alone say of documents given as ids, not calibrated."""
        read = [ids[::-1] for ids in documents] if self.manifest.backward else documents
        answer = answer_of(self.manifest.target, self.manifest.number)
        mine = predict_documents(self.model, read, answer)
        if self.backward is None:
            return mine
        return average_answers([mine, self.backward.network_answers(documents)])

    def targets(self, answers: npt.NDArray[np.floating]) -> npt.NDArray[Any]:
        """Return what answers come down to, in the form in which a corpus holds targets.

        Shapes:
            answers: (N, C); returned: (N,) int64 classes, (N, C) bool tags or (N,) float64
            numbers.
        """
        if self.manifest.target == "number":
            return answers[:, 0].astype(np.float64)
        return answers >= THRESHOLD if self.manifest.target == "tags" else answers.argmax(1)

    def named(self, answer: npt.NDArray[np.floating], abstain_below: float = 0.0) -> Prediction:
        """Return one answer, (C,), as a class, tags or a number; None where it is too unsure."""
        target = self.targets(answer[None])[0]
        if self.manifest.target == "number":
            return float(target)
        if self.manifest.target == "tags":
            return tuple(label for label, has in zip(self.labels, target, strict=True) if has)
        return self.labels[int(target)] if answer.max() >= abstain_below else None

    def check_abstaining(self, below: float) -> None:
        """Refuse a probability below which no answer is told, where it would do nothing.

        Raises:
            BundleError: The model says tags or numbers, or it is no probability.
        """
        if not 0 <= below <= 1 or (below and self.manifest.target != "class"):
            raise BundleError(
                "abstaining needs classes, and a probability to abstain below",
                given=f"{below} with a model that says {SAID[self.manifest.target]}",
                accepted="0 to 1 with a model that says classes",
                remedy="Leave --abstain-below out, or mend it",
            )
