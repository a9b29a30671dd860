"""A model that says a number of each text."""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.utils.validation import check_is_fitted, column_or_1d

from ulmus.bundle.language_model import LanguageModelBundle
from ulmus.errors import LabelError
from ulmus.estimators.fitting import trained
from ulmus.estimators.texts import strings, takes_text
from ulmus.text.tokenizers import Function

KINDS = "biufOU"
"""Kinds of numpy types that may hold numbers."""


class UlmfitRegressor(RegressorMixin, BaseEstimator):  # type: ignore[misc]
    """A model that says a number of each text, with scikit-learn's conventions.

    It is trained as `UlmfitClassifier` is, where the arguments it has too are explained, with
    the squared error for its loss. There are no probabilities.

    Args:
        language_model: A pretrained model, its folder, or None.
        language: A code such as `th`.
        tokenizer: A spec such as `words:en`, or a function.
        model: Size of a new language model.
        language_model_epochs: Passes over the texts by the language model.
        epochs: Passes over the texts by the regressor.
        valid_share: Share of the texts held out to choose the best epoch by.
        both_directions: Whether to average with a pair of models that read from the end.
        number_range: Lowest and highest number that can be said, best somewhat wider than the
            numbers learned from; None for any number.
        settings: Any other settings by dotted name.
        seed: Of everything that is drawn.
        verbose: Whether to show progress on standard error.

    Attributes:
        bundle_: The trained model; `ulmus.load` gives the same kind of thing.
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
        number_range: tuple[float, float] | None = None,
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
        self.number_range = number_range
        self.settings = settings
        self.seed = seed
        self.verbose = verbose

    def fit(self, texts: Sequence[str], numbers: ArrayLike) -> Self:
        """Train.

        Args:
            texts: N texts, a list, an array or a column of a frame.
            numbers: N finite numbers.

        Raises:
            LabelError: One number only, something that is no finite number, or one outside of
                `number_range`.
            SourceError: Texts and numbers differ in number, or texts are no strings.
        """
        classifier = {"number_range": self.number_range}
        self.bundle_ = trained(self, texts, _as_labels(numbers), "number", classifier)
        return self

    def predict(self, texts: Sequence[str]) -> NDArray[np.float64]:
        """Return the number of each text, (N,)."""
        check_is_fitted(self)
        return np.array(self.bundle_.predict(strings(texts)), np.float64)

    def __sklearn_tags__(self) -> Any:
        return takes_text(super().__sklearn_tags__())


def _as_labels(numbers: ArrayLike) -> list[str]:
    """Return numbers as labels, exact to the last bit."""
    column = column_or_1d(numbers, warn=True)
    read = [_number(value) if column.dtype.kind in KINDS else math.nan for value in column]
    for value, number in zip(column, read, strict=True):
        if not math.isfinite(number):
            raise LabelError(
                "a label that is no finite number",
                given=str(value),
                accepted="a finite number for every text",
                remedy="Mend it, or take UlmfitClassifier for classes and tags",
            )
    return [repr(number) for number in read]


def _number(value: Any) -> float:
    try:
        return float(value)
    except (TypeError, ValueError, OverflowError):
        return math.nan
