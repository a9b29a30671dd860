"""How sure an answer is: a network's and a linear model's probabilities, weighed and tempered.

The answer's log-odds are those of the network times one number, plus those of the linear model
times another. Without a linear model that is temperature scaling: Guo, Pleiss, Sun, Weinberger,
"On Calibration of Modern Neural Networks" (2017); the number is one by the temperature.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import Field
from scipy.optimize import minimize
from scipy.special import expit, log_softmax, logit, softmax

from ulmus.settings import Settings

LEAST = 1e-7
"""Probabilities are kept so far from 0 and 1, which no logarithm bears."""

MOST_WEIGHT = 20.0
PRIOR_DOCUMENTS = 2.0
"""How much evidence it takes, in documents, to leave a weight of one: few must not decide."""


class Calibration(Settings):
    """What probabilities' logarithms count.

    Args:
        network: Those of the network.
        ngrams: Those of the linear model; 0 where it has no say.
    """

    network: float = Field(1.0, ge=0, le=MOST_WEIGHT)
    ngrams: float = Field(0.0, ge=0, le=MOST_WEIGHT)

    def apply(
        self,
        network: NDArray[np.floating],
        ngrams: NDArray[np.floating] | None = None,
        *,
        tags: bool = False,
    ) -> NDArray[np.floating]:
        """Return the answer's probabilities.

        Args:
            network: The network's.
            ngrams: The linear model's; None where it has no say.
            tags: Whether each stands for itself; else they sum to one.

        Shapes:
            network, ngrams, returned: (N, C).
        """
        if ngrams is None and self.network == 1:
            return network
        scores = self.network * _evidence(network, tags)
        if ngrams is not None:
            scores += self.ngrams * _evidence(ngrams, tags)
        answer: NDArray[np.floating] = expit(scores) if tags else softmax(scores, axis=1)
        return answer.astype(network.dtype)


def fitted_calibration(
    targets: NDArray[Any],
    network: NDArray[np.floating],
    ngrams: NDArray[np.floating] | None = None,
) -> Calibration:
    """Return the weights by which held-out documents are told with the least surprise.

    Args:
        targets: What they are: ids of classes, or tags.
        network: The network's probabilities.
        ngrams: The linear model's; None where it is to have no say.

    Shapes:
        targets: (N,) int64 or (N, C) bool; network, ngrams: (N, C).
    """
    tags = targets.ndim == 2
    evidence = [_evidence(each, tags) for each in (network, ngrams) if each is not None]
    start = np.full(len(evidence), 1 / len(evidence))

    def cost(weights: NDArray[np.float64]) -> float:
        scores = sum(w * each for w, each in zip(weights, evidence, strict=True))
        prior = PRIOR_DOCUMENTS * np.square(weights - start).sum()
        return _surprise(np.asarray(scores), targets) + float(prior)

    bounds = [(0, MOST_WEIGHT)] * len(evidence)
    weights = minimize(cost, start, bounds=bounds, method="L-BFGS-B").x.tolist()
    return Calibration(network=weights[0], ngrams=weights[1] if len(weights) > 1 else 0)


def surprise(probabilities: NDArray[np.floating], targets: NDArray[Any]) -> float:
    """Return the negative log-probability of what all documents are, or have, summed.

    Shapes:
        probabilities: (N, C); targets: (N,) int64 classes or (N, C) bool tags.
    """
    return _surprise(_evidence(probabilities, targets.ndim == 2), targets)


def _surprise(scores: NDArray[np.float64], targets: NDArray[Any]) -> float:
    if targets.ndim == 2:
        return float(np.logaddexp(0, np.where(targets, -scores, scores)).sum())
    chosen = np.take_along_axis(log_softmax(scores, axis=1), targets[:, None], axis=1)
    return -float(chosen.sum())


def _evidence(probabilities: NDArray[np.floating], tags: bool) -> NDArray[np.float64]:
    bounded = np.clip(probabilities.astype(np.float64), LEAST, 1 - LEAST)
    return np.asarray(logit(bounded) if tags else np.log(bounded))
