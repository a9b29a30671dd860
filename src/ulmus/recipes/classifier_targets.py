"""What a classifier is trained to say: checks, weights and objective for each kind of target."""

from collections.abc import Mapping
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from ulmus.corpus.layout import TRAIN
from ulmus.corpus.reader import Corpus
from ulmus.errors import LabelError, SettingsError
from ulmus.models.number_scale import NumberScale
from ulmus.training.objectives import ClassificationObjective, Objective
from ulmus.training.regression import RegressionObjective
from ulmus.training.tagging import TaggingObjective

ClassWeights = Literal["balanced"] | dict[str, float] | None
NumberRange = tuple[float, float] | None


def check_targets(corpus: Corpus) -> None:
    """Refuse labels that no classifier can be trained with.

    Raises:
        LabelError: No labels, one class only, a class or tag without a training document, or
            numbers that are all the same.
    """
    targets = _training_targets(corpus)
    if corpus.target == "number":
        if len(targets) < 2 or np.ptp(targets) == 0:
            raise LabelError(
                "there is one number only",
                given=targets[0] if len(targets) else None,
                accepted="two different numbers or more in the training documents",
                remedy="Name the right column with --label",
            )
        return
    if corpus.target == "class" and len(corpus.labels) < 2:
        raise LabelError(
            "a classifier needs two classes or more",
            given=", ".join(corpus.labels) or "no labels",
            accepted="two different labels or more in the label column",
            remedy="Name the right column with --label",
        )
    counts = label_counts(corpus)
    if counts.min() < 1:
        raise LabelError(
            "a class without a training document",
            given=corpus.labels[int(counts.argmin())],
            accepted="two documents or more in each class",
            remedy="Add documents of this class, or leave it out",
        )


def label_counts(corpus: Corpus) -> NDArray[np.int64]:
    """Return how many training documents each class or tag has, (C,)."""
    targets = _training_targets(corpus)
    if corpus.target == "tags":
        return np.asarray(targets.sum(0), np.int64)
    counts: NDArray[np.int64] = np.bincount(targets, minlength=len(corpus.labels))
    return counts


def number_scale(corpus: Corpus, number_range: NumberRange) -> NumberScale | None:
    """Return how an output becomes a number; None where the target is no number.

    Raises:
        LabelError: A training document's number is outside of the range.
        SettingsError: A range is given, and the target is no number; or it is no range.
    """
    if corpus.target != "number":
        if number_range is not None:
            raise SettingsError(
                "a range of numbers, where the labels are none",
                given=list(number_range),
                accepted="number_range with the target 'number'",
                remedy="Leave number_range out, or take --target number",
            )
        return None
    targets = _training_targets(corpus)
    low, high = number_range or (None, None)
    scale = NumberScale(mean=targets.mean(), deviation=targets.std())
    if low is None or high is None:
        return scale
    outside = targets[(targets < low) | (targets > high)]
    if outside.size:
        raise LabelError(
            "a number outside of the range",
            given=float(outside[0]),
            accepted=f"{low:g} to {high:g}",
            remedy="Set a wider classifier.number_range, or mend the label",
        )
    return scale.with_(low=low, high=high)


def objective_of(
    corpus: Corpus,
    scale: NumberScale | None,
    *,
    class_weights: ClassWeights = None,
    label_smoothing: float = 0.0,
    alpha: float = 0.0,
    beta: float = 0.0,
) -> Objective:
    """Return what a classifier of a corpus' targets is trained for.

    Args:
        corpus: The labelled documents.
        scale: From `number_scale`.
        class_weights: `balanced` for the inverse of each class' frequency, or a weight by name;
            those not named count 1. For tags: what their presence counts against absence.
        label_smoothing: See the objectives, as for the two that follow.
        alpha: Weight of the activation regularization.
        beta: Weight of the temporal one.

    Raises:
        SettingsError: Weights or smoothing with numbers, an unknown class, or no weight.
    """
    if scale is not None:
        if class_weights is not None or label_smoothing:
            raise SettingsError(
                "class weights or label smoothing, where the labels are numbers",
                given=class_weights if class_weights is not None else label_smoothing,
                accepted="both for classes and tags only",
                remedy="Leave class_weights and label_smoothing out",
            )
        return RegressionObjective(scale, alpha=alpha, beta=beta)
    weights = _weights(corpus, class_weights)
    shared = {"label_smoothing": label_smoothing, "alpha": alpha, "beta": beta}
    if corpus.target == "tags":
        return TaggingObjective(tag_weights=weights, **shared)
    return ClassificationObjective(class_weights=weights, **shared)


def _weights(corpus: Corpus, given: ClassWeights) -> tuple[float, ...] | None:
    if given is None:
        return None
    counts = label_counts(corpus).astype(np.float64)
    documents = corpus.split(TRAIN).document_count
    if isinstance(given, Mapping):
        weights = _named_weights(corpus, given)
    elif corpus.target == "tags":
        weights = np.maximum(documents - counts, 1) / counts
    else:
        weights = documents / (len(counts) * counts)  # scikit-learn's formula
    return tuple(weights.tolist())


def _named_weights(corpus: Corpus, given: Mapping[str, float]) -> NDArray[np.float64]:
    unknown = [name for name in given if name not in corpus.labels]
    useless = [name for name, weight in given.items() if not 0 < weight < np.inf]
    if unknown or useless:
        raise SettingsError(
            "class weights of unknown classes" if unknown else "a class weight that is none",
            given=", ".join(unknown or useless),
            accepted=", ".join(corpus.labels) if unknown else "numbers above 0",
            remedy="Mend classifier.class_weights",
        )
    return np.array([given.get(label, 1.0) for label in corpus.labels])


def _training_targets(corpus: Corpus) -> NDArray[Any]:
    targets = corpus.split(TRAIN).targets
    if targets is None:
        raise LabelError(
            "a classifier needs two classes or more",
            given="no labels",
            accepted="two different labels or more in the label column",
            remedy="Name the right column with --label",
        )
    return targets
