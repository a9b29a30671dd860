"""The scikit-learn face of the whole path."""

import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from rich.console import Console
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, column_or_1d

from ulmus.bundle.language_model import LanguageModelBundle
from ulmus.bundle.reader import load_language_model
from ulmus.bundle.text_classifier import TextClassifierBundle
from ulmus.errors import SourceError, TokenizerError
from ulmus.recipes.finish import QUIET
from ulmus.recipes.fit_documents import FitDocuments, check_held_out
from ulmus.recipes.fit_settings import FitSettings
from ulmus.recipes.fit_stages import FitStages, WorkFolder, handed_in
from ulmus.recipes.labelled_split import check_labels, divide
from ulmus.settings import resolve
from ulmus.text.languages import language_settings
from ulmus.text.sources import Document, SourceSettings
from ulmus.text.tokenizers import Function
from ulmus.text.tokenizers.function import name_of
from ulmus.training.engine import Engine


class UlmfitClassifier(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """A classifier of texts with scikit-learn's conventions.

    It fine-tunes a language model on the texts it is given (without one, it trains one on
    them), then trains a classifier upon it.

    Args:
        language_model: A pretrained model: a bundle, or its folder. None for none.
        language: A code such as `th`, for the rules and the tokenizer that suit it. A
            `language_model` brings its own.
        tokenizer: A spec such as `words:en`, or a function; None for the language's, or
            `words:en`. A `language_model` brings its own, but for a function, which no folder
            holds and has to be given here again.
        model: Size of a new language model: `awd-lstm`, `compact`, `small` or `tiny`.
        language_model_epochs: Passes over the texts by the language model.
        epochs: Passes over the texts by the classifier.
        valid_share: Share of each class held out to choose the best epoch by.
        both_directions: Whether to average with a pair of models that read from the end.
        settings: Any other settings by dotted name, as `{"classifier.batch_size": 16}`.
        seed: Of everything that is drawn.
        verbose: Whether to show progress on standard error.

    Attributes:
        classes_: The labels, sorted, (C,).
        bundle_: The trained classifier; `ulmus.load` gives the same kind of thing.
    """

    def __init__(
        self,
        *,
        language_model: str | Path | LanguageModelBundle | None = None,
        language: str | None = None,
        tokenizer: str | Function | None = None,
        model: str = "compact",
        language_model_epochs: int = 6,
        epochs: int = 8,
        valid_share: float = 0.1,
        both_directions: bool = False,
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
        self.settings = settings
        self.seed = seed
        self.verbose = verbose

    def fit(self, texts: Sequence[str], labels: ArrayLike) -> Self:
        """Train.

        Args:
            texts: N texts, a list, an array or a column of a frame.
            labels: N labels of any sortable type.

        Raises:
            LabelError: One class only, or a class with a single document.
            SourceError: Texts and labels differ in number, or texts are no strings.
        """
        given = _strings(texts)
        targets = column_or_1d(labels, warn=True)
        check_classification_targets(targets)
        if len(given) != len(targets):
            raise SourceError(
                "texts and labels differ in number",
                given=f"{len(given)} and {len(targets)}",
                accepted="a label for every text",
                remedy="Give both of one length",
            )
        classes, ids = np.unique(targets, return_inverse=True)
        names = tuple(str(label) for label in classes)
        check_labels([Document((), names[i]) for i in ids])
        # Zero-padded ids sort as the classes do, whatever type these are of.
        documents = [Document((text,), f"{i:06d}") for text, i in zip(given, ids, strict=True)]
        with tempfile.TemporaryDirectory() as folder:
            bundle = self._trained(documents, Path(folder))
        self.classes_, self.bundle_ = classes, _named(bundle, names)
        return self

    def predict(self, texts: Sequence[str]) -> NDArray[Any]:
        """Return the most probable class of each text, (N,)."""
        probabilities = self.predict_proba(texts)
        chosen: NDArray[Any] = self.classes_[probabilities.argmax(1)]
        return chosen

    def predict_proba(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return the probability of each class for each text, (N, C), columns as `classes_`."""
        check_is_fitted(self)
        return self.bundle_.predict_proba(_strings(texts))

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.string = True
        tags.input_tags.two_d_array = False
        tags.input_tags.one_d_array = True
        return tags

    def _trained(self, documents: list[Document], folder: Path) -> TextClassifierBundle:
        settings = self._settings()
        share = settings.prepare.valid_share
        split = divide(documents, valid_share=share, test_share=0.0, seed=settings.prepare.seed)
        check_held_out(split.valid, share, "validation", "a larger valid_share")
        gathered = FitDocuments("texts", split, None, SourceSettings())
        console = Console(stderr=True) if self.verbose else QUIET
        work = WorkFolder(folder, resume=False)
        stages = FitStages(work, gathered, settings, Engine(settings.engine), console)
        pretrained = self._pretrained()
        tokenize = self.tokenizer if callable(self.tokenizer) else None
        return stages.run([pretrained] if pretrained else [], tokenize).classifier()

    def _pretrained(self) -> LanguageModelBundle | None:
        if self.language_model is None or isinstance(self.language_model, LanguageModelBundle):
            return self.language_model
        return load_language_model(self.language_model, tokenizer=self._handed_in())

    def _handed_in(self) -> str | Function | None:
        return None if self.tokenizer is None else handed_in(self.tokenizer)

    def _settings(self) -> FitSettings:
        values = {
            "prepare": {
                **self._text_settings(),
                "valid_share": self.valid_share,
                "seed": self.seed,
            },
            "language_model": {"model": self.model, "epochs": self.language_model_epochs},
            "classifier": {"epochs": self.epochs},
            "engine": {"seed": self.seed},
            "both_directions": self.both_directions,
        }
        settings = resolve(FitSettings, values=values)
        for name, value in (self.settings or {}).items():
            change: Any = value
            for part in reversed(name.split(".")):
                change = {part: change}
            settings = settings.with_(**change)
        return settings

    def _text_settings(self) -> dict[str, str | None]:
        """Return the tokenizer, None where it is a function, and the rules."""
        named = self.tokenizer if isinstance(self.tokenizer, str) else None
        if self.language is None:
            return {"tokenizer": named}
        if self.language_model is not None:
            raise TokenizerError(
                "a language with a language model, which brings its rules and its tokenizer",
                given=self.language,
                accepted="one of the two",
                remedy="Leave language out",
            )
        given = name_of(self.tokenizer) if callable(self.tokenizer) else named
        chosen = language_settings(self.language, tokenizer=given)
        return {**chosen, "tokenizer": None} if callable(self.tokenizer) else {**chosen}


def _strings(texts: Sequence[str]) -> list[str]:
    found = [texts] if isinstance(texts, str) else list(texts)
    if isinstance(texts, str) or not all(isinstance(text, str) for text in found):
        raise SourceError(
            "the texts are no list of strings",
            given=type(texts).__name__ if isinstance(texts, str) else _first_other(found),
            accepted="a list, array or column of strings",
            remedy="Convert them, and fill the gaps with ''",
        )
    return found


def _first_other(items: list[Any]) -> str:
    return next(type(item).__name__ for item in items if not isinstance(item, str))


def _named(bundle: TextClassifierBundle, labels: tuple[str, ...]) -> TextClassifierBundle:
    """Return a classifier, and its companion, with other names for its classes."""
    backward = None if bundle.backward is None else _named(bundle.backward, labels)
    return replace(bundle, manifest=bundle.manifest.with_(labels=labels), backward=backward)
