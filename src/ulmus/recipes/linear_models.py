"""The linear models beside a classifier: what a user would get without a language model."""

from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ulmus.corpus.layout import TRAIN, VALID
from ulmus.corpus.reader import Corpus
from ulmus.evaluation.linear_baseline import linear_baseline
from ulmus.inference.calibration import surprise
from ulmus.models.ngram_classifier import NgramClassifier
from ulmus.models.ngram_features import NgramCounts, without_special_tokens
from ulmus.recipes.fit_documents import FitDocuments
from ulmus.text.sources import Document

WORD_RUN, LETTER_RUN, LETTERS_ALONE = 2, 4, 5

MOST_LETTERS = 5_000_000
"""Of all documents together, up to which runs of letters are counted."""

STRENGTHS = (4.0, 16.0, 64.0)
"""Inverse strengths of regularization among which the validation documents choose."""


class Logistic(NamedTuple):
    """Logistic regression, and how probable it thinks what.

    Attributes:
        model: It has learned from the training and the validation documents.
        valid: What one that has learned from the training documents alone says of the others.
        test: What `model` says of the test documents.

    Shapes:
        valid, test: (N, C).
    """

    model: NgramClassifier
    valid: NDArray[np.float64]
    test: NDArray[np.float64]


class LinearModels(NamedTuple):
    """What linear models make of a task's documents.

    Attributes:
        predicted: What a support vector machine, or a ridge regression, says of the test
            documents; see `linear_baseline`.
        logistic: Logistic regression on words and letters; None where numbers are said.
    """

    predicted: NDArray[Any]
    logistic: Logistic | None


def linear_models(labelled: Corpus, documents: FitDocuments) -> LinearModels:
    """Train linear models on all documents but the test's, whose words are counted once.

    Args:
        labelled: The documents as a corpus, for its targets and its tokenizer.
        documents: The same, as text.

    Raises:
        CorpusError: The documents hold no words.
    """
    train, valid, test = documents.split
    counts = NgramCounts.of(words([*train, *valid], labelled), *longest_runs(labelled, documents))
    judged = labelled.split(VALID).targets
    targets = np.concatenate([labelled.split(TRAIN).targets, judged])
    features = counts.features(slice(None))
    seen, tested = counts.seen(features, slice(None)), features.of(words(test, labelled))
    of_words = slice(len(features.blocks[0].names))  # all that the baseline sees
    predicted = linear_baseline(seen[:, of_words], targets, tested[:, of_words])
    if labelled.target == "number":
        return LinearModels(predicted, None)
    strength, said = _chosen(counts, targets, len(train), len(labelled.labels))
    model = NgramClassifier.trained(
        features, seen, targets, class_count=len(labelled.labels), strength=strength
    )
    return LinearModels(predicted, Logistic(model, said, model.probabilities_of(tested)))


def _chosen(
    counts: NgramCounts, targets: NDArray[Any], train_count: int, class_count: int
) -> tuple[float, NDArray[np.float64]]:
    """Return the strength of regularization with which the validation documents are told best.

    Args:
        counts: Of the training documents, then of those.
        targets: Of both.
        train_count: How many there are to train on.
        class_count: How many classes or tags.

    Returns:
        It, and the probabilities that it gives these documents.
    """
    train, valid = slice(train_count), slice(train_count, None)
    features = counts.features(train)
    seen, judged = counts.seen(features, train), counts.seen(features, valid)
    tried = []
    for strength in STRENGTHS:
        model = NgramClassifier.trained(
            features, seen, targets[train], class_count=class_count, strength=strength
        )
        tried.append((strength, model.probabilities_of(judged)))
    return min(tried, key=lambda pair: surprise(pair[1], targets[valid]))


def longest_runs(labelled: Corpus, documents: FitDocuments) -> tuple[int, int]:
    """Return how many neighbouring tokens, and letters, make one feature of a linear model.

    Where tokens are letters, pairs of them say little; runs of up to five make a baseline as
    strong as words do. Else letters are looked at beside the words, in logistic regression, where
    they are few enough to be counted in seconds; long texts have words enough.
    """
    if labelled.processor.tokenizer.spec == "characters":
        return LETTERS_ALONE, 0
    if labelled.target == "number":  # there is no logistic regression to look at letters
        return WORD_RUN, 0
    split = documents.split
    letters = sum(len(text) for d in chain(split.train, split.valid) for text in d.columns)
    return WORD_RUN, LETTER_RUN if letters <= MOST_LETTERS else 0


def words(documents: Iterable[Document], labelled: Corpus) -> Iterator[list[str]]:
    """Yield what a linear model reads: the tokens of the whole text, none special."""
    for document in documents:
        yield without_special_tokens(labelled.processor.tokens(document.columns))
