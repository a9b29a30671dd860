"""Logistic regression upon runs of words and of letters: probabilities from a linear model."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load_file, save_file
from scipy.special import expit, softmax
from sklearn.linear_model import LogisticRegression

from ulmus.files import read_json
from ulmus.models.ngram_features import Documents, NgramFeatures, RunFeatures

FEATURES, WEIGHTS = "features.json", "weights.safetensors"

MOST_ITERATIONS = 1_000

LONGEST_RUN = 16
"""The most neighbours of one feature in a file: three times what is learned, little to compute."""

NEVER = 20.0
"""Log-odds against what no training document has."""


@dataclass(frozen=True)
class NgramClassifier:
    """Tells how probable each class, or each tag, is for a document.

    Args:
        features: What it sees of a document.
        weights: Of each feature for each class or tag.
        biases: Of each class or tag.
        tags: Whether probabilities are of tags, each by itself.

    Shapes:
        weights: (C, F); biases: (C,).
    """

    features: NgramFeatures
    weights: NDArray[np.float32]
    biases: NDArray[np.float32]
    tags: bool

    @classmethod
    def trained(
        cls,
        features: NgramFeatures,
        seen: Any,
        targets: NDArray[Any],
        *,
        class_count: int,
        strength: float = 16.0,
    ) -> Self:
        """Train on documents.

        Args:
            features: What is seen of them.
            seen: The documents so seen, a sparse matrix.
            targets: The id of each one's class, or which tags it has.
            class_count: How many classes or tags there are.
            strength: Inverse strength of the regularization, scikit-learn's `C`.

        Shapes:
            seen: (N, F); targets: (N,) int64 or (N, C) bool.
        """
        weights, biases = _fitted(seen, targets, class_count, strength)
        return cls(features, weights, biases, targets.ndim == 2)

    def probabilities(self, documents: Documents) -> NDArray[np.float64]:
        """Return the probability of each class or tag, (N, C), for documents given as words."""
        return self.probabilities_of(self.features.of(documents))

    def probabilities_of(self, seen: Any) -> NDArray[np.float64]:
        """Return the same, (N, C), for documents as features see them, (N, F)."""
        scores = np.asarray(seen @ self.weights.T.astype(np.float64)) + self.biases
        found: NDArray[np.float64] = expit(scores) if self.tags else softmax(scores, axis=1)
        return found

    def save(self, folder: Path) -> None:
        """Write two files into a folder that is there."""
        blocks = self.features.blocks
        told = [{"features": b.names, "longest": b.longest, "letters": b.letters} for b in blocks]
        facts = {"blocks": told, "tags": self.tags}
        (folder / FEATURES).write_text(json.dumps(facts, ensure_ascii=False) + "\n", "utf-8")
        arrays: dict[str, NDArray[Any]] = {
            "rarity": np.concatenate([block.rarity for block in blocks]),
            "weights": np.ascontiguousarray(self.weights),
            "biases": np.ascontiguousarray(self.biases),
        }
        save_file(arrays, folder / WEIGHTS)

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what `save` wrote.

        Raises:
            ValueError: The files are not as they were written.
        """
        try:
            facts = read_json(folder / FEATURES)
            arrays = load_file(folder / WEIGHTS)
            rarity, weights, biases = (arrays[name] for name in ("rarity", "weights", "biases"))
            blocks, tags = _blocks(facts["blocks"], rarity), bool(facts["tags"])
        except (OSError, ValueError, LookupError, TypeError, SafetensorError) as error:
            raise ValueError(f"the linear model cannot be read: {error}") from None
        count = sum(len(block.names) for block in blocks)
        if rarity.shape != (count,) or weights.shape != (len(biases), count):
            raise _unfit()
        if not all(np.isfinite(array).all() for array in (rarity, weights, biases)):
            raise ValueError("a weight of the linear model is no finite number")
        return cls(NgramFeatures(blocks), weights, biases, tags)


def _blocks(told: list[dict[str, Any]], rarity: NDArray[np.float64]) -> tuple[RunFeatures, ...]:
    """Return the kinds of features that a file tells of.

    Raises:
        ValueError: They cannot be.
    """
    if not told or len({bool(facts["letters"]) for facts in told}) < len(told):
        raise _unfit()
    blocks, start = [], 0
    for facts in told:
        names, longest = tuple(facts["features"]), facts["longest"]
        if not isinstance(longest, int) or len(set(names)) < len(names):
            raise _unfit()
        if not 1 <= longest <= LONGEST_RUN:
            raise ValueError(f"runs of {longest} neighbours; at most {LONGEST_RUN} are read")
        part = rarity[start : start + len(names)]
        blocks.append(RunFeatures(names, part, longest, bool(facts["letters"])))
        start += len(names)
    return tuple(blocks)


def _unfit() -> ValueError:
    return ValueError("the linear model's files do not belong together")


def _fitted(
    seen: Any, targets: NDArray[Any], class_count: int, strength: float
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    weights = np.zeros((class_count, seen.shape[1]), np.float32)
    biases = np.full(class_count, -NEVER, np.float32)
    if targets.ndim == 2:
        for tag, has in enumerate(targets.T):
            if has.all() or not has.any():  # a regression needs both sides
                biases[tag] = NEVER if has.all() else -NEVER
            else:
                machine = _machine(strength).fit(seen, has)
                weights[tag], biases[tag] = machine.coef_[0], machine.intercept_[0]
        return weights, biases
    machine = _machine(strength).fit(seen, targets)
    if len(machine.classes_) == 2:  # one row for the second class, against none for the first
        weights[machine.classes_[1]] = machine.coef_[0]
        biases[machine.classes_] = 0, machine.intercept_[0]
    else:
        weights[machine.classes_], biases[machine.classes_] = machine.coef_, machine.intercept_
    return weights, biases


def _machine(strength: float) -> LogisticRegression:
    return LogisticRegression(C=strength, max_iter=MOST_ITERATIONS)
