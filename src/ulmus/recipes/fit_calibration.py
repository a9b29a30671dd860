"""How sure the classifier of `fit` is made: by the documents held out for validation."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ulmus.bundle.text_classifier import TextClassifierBundle
from ulmus.corpus.layout import VALID
from ulmus.corpus.reader import Corpus
from ulmus.inference.calibration import Calibration, fitted_calibration
from ulmus.recipes.linear_models import Logistic


def network_answers(
    bundle: TextClassifierBundle, labelled: Corpus, split: str
) -> NDArray[np.floating]:
    """Return what the networks of a classifier say of a split, not calibrated, (N, C)."""
    documents = labelled.split(split)
    return bundle.network_answers([documents.document(i) for i in range(documents.document_count)])


def calibration_of(
    labelled: Corpus, network: NDArray[np.floating], logistic: Logistic | None
) -> Calibration:
    """Return the weights with which the validation documents are told best.

    Args:
        labelled: The documents.
        network: What the networks say of the validation documents, (N, C).
        logistic: A linear model that is to have a say; None for none.
    """
    if labelled.target == "number":
        return Calibration()
    targets = np.asarray(labelled.split(VALID).targets)
    return fitted_calibration(targets, network, logistic and logistic.valid)


def calibrated(
    bundle: TextClassifierBundle,
    labelled: Corpus,
    network: NDArray[np.floating],
    logistic: Logistic | None,
) -> TextClassifierBundle:
    """Return a classifier whose probabilities fit the validation documents best.

    Args:
        bundle: As training left it.
        labelled: The documents.
        network: What its networks say of the validation documents, (N, C).
        logistic: A linear model that is to have a say; None for none.
    """
    manifest = bundle.manifest.with_(calibration=calibration_of(labelled, network, logistic))
    return replace(bundle, manifest=manifest, ngrams=logistic and logistic.model)
