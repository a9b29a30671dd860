"""How sure the classifier of `fit` is made: by the documents held out for validation."""

from dataclasses import replace

import numpy as np

from ulmus.bundle.text_classifier import TextClassifierBundle
from ulmus.corpus.layout import TRAIN, VALID
from ulmus.inference.calibration import fitted_calibration
from ulmus.models.ngram_classifier import NgramClassifier
from ulmus.recipes.fit_documents import FitDocuments
from ulmus.recipes.fit_stages import FitModels
from ulmus.recipes.fit_words import longest_run, words


def logistic_model(models: FitModels, documents: FitDocuments) -> NgramClassifier | None:
    """Return logistic regression upon the training documents; None where numbers are said."""
    labelled = models.labelled
    if labelled.target == "number":
        return None
    return NgramClassifier.trained(
        words(documents.split.train, models),
        np.asarray(labelled.split(TRAIN).targets),
        words(documents.split.valid, models),
        np.asarray(labelled.split(VALID).targets),
        class_count=len(labelled.labels),
        longest=longest_run(models),
    )


def calibrated(
    bundle: TextClassifierBundle,
    models: FitModels,
    documents: FitDocuments,
    ngrams: NgramClassifier | None,
) -> TextClassifierBundle:
    """Return a classifier whose probabilities fit the validation documents best.

    Args:
        bundle: As training left it.
        models: What it is made of.
        documents: The labelled documents.
        ngrams: A linear model that is to have a say; None for none.
    """
    valid = models.labelled.split(VALID)
    if bundle.manifest.target == "number":
        return bundle
    calibration = fitted_calibration(
        np.asarray(valid.targets),
        bundle.network_answers([valid.document(i) for i in range(valid.document_count)]),
        None if ngrams is None else ngrams.probabilities(words(documents.split.valid, models)),
    )
    manifest = bundle.manifest.with_(calibration=calibration)
    return replace(bundle, manifest=manifest, ngrams=ngrams)
