"""The linear model that a text classifier has to beat: TF-IDF and a linear machine."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import Ridge
from sklearn.svm import LinearSVC

REGULARIZATION = 0.5
MOST_ITERATIONS = 10_000


def linear_baseline(
    train: Any, train_targets: NDArray[Any], test: Any, *, seed: int = 0
) -> NDArray[Any]:
    """Train on some documents and predict what others are to be judged as.

    Args:
        train: Documents as `models.ngram_features` shows them, a sparse matrix.
        train_targets: What each is judged as: the id of a class, of two classes or more; which
            tags it has; or a number.
        test: The documents to predict.
        seed: For the order in which the support vector machine visits documents.

    Returns:
        The same for each test document: by a support vector machine for classes, by one a tag,
        by a ridge regression for numbers.

    Shapes:
        train, test: (N, F), (M, F); train_targets: (N,) int64, (N, C) bool or (N,) float64;
        returned: the same form.
    """
    targets = np.asarray(train_targets)
    if targets.ndim == 2:
        return np.stack([_tag(train, column, test, seed) for column in targets.T], axis=1)
    if targets.dtype.kind == "f":
        return np.asarray(Ridge(random_state=seed).fit(train, targets).predict(test), np.float64)
    return np.asarray(_machine(seed).fit(train, targets).predict(test), np.int64)


def _tag(train: Any, has: NDArray[np.bool_], test: Any, seed: int) -> NDArray[np.bool_]:
    if has.all() or not has.any():  # a machine needs both sides
        return np.full(test.shape[0], has[0])
    return np.asarray(_machine(seed).fit(train, has).predict(test), bool)


def _machine(seed: int) -> LinearSVC:
    return LinearSVC(C=REGULARIZATION, max_iter=MOST_ITERATIONS, random_state=seed)
