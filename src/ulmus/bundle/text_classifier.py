"""A loaded text classifier with its processor."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from ulmus.bundle.encoding import Text, encoded
from ulmus.bundle.manifest import Manifest
from ulmus.inference.classifier import predict_probabilities
from ulmus.inference.ensemble import average_probabilities
from ulmus.models.text_classifier import TextClassifier
from ulmus.text.processor import TextProcessor


@dataclass(frozen=True)
class TextClassifierBundle:
    """A classifier that names the class of texts.

    It keeps no state between calls, so one bundle serves many threads.

    Args:
        model: In evaluation mode.
        processor: Text to ids and back.
        manifest: The facts of bundle.json.
        backward: The companion that reads from the end; its probabilities are averaged in.
    """

    model: TextClassifier
    processor: TextProcessor
    manifest: Manifest
    backward: "TextClassifierBundle | None" = None
    kind: Literal["text-classifier"] = "text-classifier"

    @property
    def labels(self) -> tuple[str, ...]:
        """Names of the classes, in the order of the probabilities."""
        return self.manifest.labels

    def predict(self, texts: Sequence[Text]) -> list[str]:
        """Return the most probable class of each text.

        Raises:
            SourceError: A single text was given instead of a list, or something that is no text.
        """
        return [self.labels[i] for i in self.predict_proba(texts).argmax(1)]

    def predict_proba(self, texts: Sequence[Text]) -> npt.NDArray[np.float32]:
        """Return the probability of each class for each text, (N, C).

        A text's probabilities do not depend on what else is in the list.

        Raises:
            SourceError: A single text was given instead of a list, or something that is no text.
        """
        return self.probabilities(encoded(self.processor, texts))

    def probabilities(
        self, documents: Sequence[npt.NDArray[np.integer]]
    ) -> npt.NDArray[np.float32]:
        """Return the probability of each class, (N, C), for documents given as ids."""
        read = [ids[::-1] for ids in documents] if self.manifest.backward else documents
        mine = predict_probabilities(self.model, read)
        if self.backward is None:
            return mine
        return average_probabilities([mine, self.backward.probabilities(documents)])
