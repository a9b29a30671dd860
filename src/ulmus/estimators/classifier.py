"""A classifier of texts: one class each, or any number of tags."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.validation import check_is_fitted

from ulmus.bundle.language_model import LanguageModelBundle
from ulmus.bundle.text_classifier import THRESHOLD, TextClassifierBundle
from ulmus.estimators.class_weights import ClassWeight, weights_by_id
from ulmus.estimators.fitting import trained
from ulmus.estimators.labels import read_labels
from ulmus.estimators.texts import strings, takes_text
from ulmus.text.tokenizers import Function


class UlmfitClassifier(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """A classifier of texts with scikit-learn's conventions.

    It fine-tunes a language model on the texts it is given, then trains a classifier upon it.
    Given a class for each text, it says the class; given an indicator matrix, with a column for
    each tag, it says such a matrix.

    Args:
        language_model: A pretrained model: a bundle, or its folder. None takes the English one
            that comes with the package if the texts are cut into its words and mostly known to
            it; else a new one learns from the texts alone.
        language: A code such as `th`, for the rules and the tokenizer that suit it. A
            `language_model` brings its own.
        tokenizer: A spec such as `words:en`, or a function; None for the language's, or
            `words:en`. A `language_model` brings its own, but for a function, which no folder
            holds and has to be given here again.
        model: Size of a new language model, which learns from the texts alone: `awd-lstm`,
            `compact`, `small` or `tiny`. None starts from the packaged one if it can.
        language_model_epochs: Passes over the texts by the language model; None goes by how much
            text there is.
        epochs: Passes over the texts by the classifier; None likewise.
        valid_share: Share of each class held out to choose the best epoch by.
        both_directions: Whether to average with a pair of models that read from the end.
        class_weight: What errors on each class cost: `balanced` for the inverse of its
            frequency, or a dictionary by class, in which those that are missing count 1; None
            for all alike. For tags it goes by column, and is what a tag's presence counts
            against its absence.
        label_smoothing: Share of each target that is spread over all classes.
        settings: Any other settings by dotted name, as `{"classifier.batch_size": 16}`.
        seed: Of everything that is drawn.
        verbose: Whether to show progress on standard error.

    Attributes:
        classes_: The labels, sorted, (C,); for tags the matrix' columns: their names in a
            frame, their numbers otherwise.
        bundle_: The trained classifier; `ulmus.load` gives the same kind of thing. It knows the
            tags that some text had.
    """

    def __init__(
        self,
        *,
        language_model: str | Path | LanguageModelBundle | None = None,
        language: str | None = None,
        tokenizer: str | Function | None = None,
        model: str | None = None,
        language_model_epochs: int | None = None,
        epochs: int | None = None,
        valid_share: float = 0.1,
        both_directions: bool = False,
        class_weight: ClassWeight = None,
        label_smoothing: float = 0.0,
        settings: dict[str, Any] | None = None,
        seed: int = 0,
        verbose: bool = False,
    ) -> None:
        self.language_model = language_model
        self.language = language
        self.tokenizer = tokenizer
        self.model = model
        self.language_model_epochs = language_model_epochs
        self.epochs = epochs
        self.valid_share = valid_share
        self.both_directions = both_directions
        self.class_weight = class_weight
        self.label_smoothing = label_smoothing
        self.settings = settings
        self.seed = seed
        self.verbose = verbose

    def fit(self, texts: Sequence[str], labels: ArrayLike) -> Self:
        """Train.

        Args:
            texts: N texts, a list, an array or a column of a frame.
            labels: N labels of any sortable type; or (N, C) of 0 and 1, as an array, a sparse
                one or a frame, for C tags. `sklearn.preprocessing.MultiLabelBinarizer` makes
                such a matrix from lists of tags.

        Raises:
            LabelError: One class only, a class with a single document, no tag at all, a label
                that is missing, labels of different types, or labels that are neither classes
                nor an indicator matrix.
            SettingsError: Unusable weights, smoothing or other settings.
            SourceError: Texts and labels differ in number, or texts are no strings.
        """
        read = read_labels(labels)
        classifier = {
            "class_weights": weights_by_id(self.class_weight, read),
            "label_smoothing": self.label_smoothing,
        }
        bundle = trained(self, texts, read.ids, read.kind, classifier)
        self.classes_, self.bundle_ = read.classes, _named(bundle, _names(read.classes))
        return self

    def predict(self, texts: Sequence[str]) -> NDArray[Any]:
        """Return the most probable class of each text, (N,), or its tags, (N, C) of 0 and 1.

        A tag is given from a probability of one half on.
        """
        probabilities = self.predict_proba(texts)
        if self.bundle_.manifest.target == "tags":
            return (probabilities >= THRESHOLD).astype(np.int64)
        chosen: NDArray[Any] = self.classes_[probabilities.argmax(1)]
        return chosen

    def predict_proba(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return the probability of each class or tag for each text, (N, C), as `classes_`.

        A tag that no text had when it was trained has a probability of 0.
        """
        check_is_fitted(self)
        known = self.bundle_.predict_proba(strings(texts))
        learned = set(self.bundle_.labels)
        probabilities = np.zeros((len(known), len(self.classes_)), known.dtype)
        probabilities[:, [name in learned for name in _names(self.classes_)]] = known
        return probabilities

    def __sklearn_tags__(self) -> Any:
        tags = takes_text(super().__sklearn_tags__())
        tags.classifier_tags.multi_label = True
        return tags


def _names(classes: NDArray[Any]) -> list[str]:
    return [str(label) for label in classes]


def _named(bundle: TextClassifierBundle, names: Sequence[str]) -> TextClassifierBundle:
    """Return a classifier, and its companion, with the names of its classes for their ids."""
    by_id = {label: names[int(label)] for label in bundle.labels}
    provenance = dict(bundle.manifest.provenance)
    told = dict(provenance["settings"])
    if isinstance(told["class_weights"], dict):
        told["class_weights"] = {by_id[label]: w for label, w in told["class_weights"].items()}
    facts = {"labels": tuple(by_id.values()), "provenance": {**provenance, "settings": told}}
    backward = None if bundle.backward is None else _named(bundle.backward, names)
    return replace(bundle, manifest=bundle.manifest.model_copy(update=facts), backward=backward)
