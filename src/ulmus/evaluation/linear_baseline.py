"""The linear model that a text classifier has to beat: TF-IDF and a support vector machine."""

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray
from sklearn.feature_extraction.text import CountVectorizer, TfidfTransformer
from sklearn.svm import LinearSVC

from ulmus.errors import CorpusError
from ulmus.text.special_tokens import SPECIAL_TOKENS

LEAST_DOCUMENTS = 2
REGULARIZATION = 0.5
MOST_ITERATIONS = 10_000


def linear_baseline(
    train_tokens: Iterable[Sequence[str]],
    train_label_ids: Sequence[int] | NDArray[np.int64],
    test_tokens: Iterable[Sequence[str]],
    *,
    longest: int = 2,
    seed: int = 0,
) -> NDArray[np.int64]:
    """Train on some documents and predict the classes of others.

    Features are words and runs of words that two training documents or more hold (all of
    them where that leaves none), weighted by TF-IDF with logarithmic counts.

    Args:
        train_tokens: The words of each training document, see `without_special_tokens`. Read
            once, so they may be made on the way.
        train_label_ids: The class of each, of two classes or more.
        test_tokens: The words of each document to predict.
        longest: The most neighbouring words that make one feature.
        seed: For the order in which the support vector machine visits documents.

    Returns:
        The predicted class of each test document.

    Raises:
        CorpusError: The training documents hold no words.
    """
    counter = CountVectorizer(
        tokenizer=list,
        preprocessor=_unchanged,
        token_pattern=None,
        lowercase=False,
        ngram_range=(1, longest),
    )
    try:
        counts = counter.fit_transform(train_tokens)
    except ValueError as error:  # that is how it says that no document holds anything
        raise CorpusError(
            "the training documents of the linear baseline hold no words",
            accepted="one word or more",
            remedy="Give more text",
        ) from error
    frequencies = np.bincount(counts.indices, minlength=counts.shape[1])
    kept = np.flatnonzero(frequencies >= min(LEAST_DOCUMENTS, frequencies.max()))
    weights = TfidfTransformer(sublinear_tf=True)
    machine = LinearSVC(C=REGULARIZATION, max_iter=MOST_ITERATIONS, random_state=seed)
    machine.fit(weights.fit_transform(counts[:, kept]), np.asarray(train_label_ids))
    predicted = machine.predict(weights.transform(counter.transform(test_tokens)[:, kept]))
    return np.asarray(predicted, np.int64)


def without_special_tokens(tokens: Iterable[str]) -> list[str]:
    """Return the tokens that are words: all but the nine special ones."""
    return [token for token in tokens if token not in SPECIAL_TOKENS]


def _unchanged(tokens: Sequence[str]) -> Sequence[str]:
    return tokens
