"""Reading a bundle: JSON and safetensors, nothing that could run."""

from collections.abc import Callable
from itertools import filterfalse
from pathlib import Path
from typing import TypeVar

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file

from ulmus.bundle.language_model import LanguageModelBundle
from ulmus.bundle.manifest import (
    BACKWARD,
    NGRAMS,
    PROCESSOR,
    WEIGHTS,
    Manifest,
    check_file,
    damaged,
    read_manifest,
)
from ulmus.bundle.packaged import located
from ulmus.bundle.storage import is_finite, restored
from ulmus.bundle.text_classifier import TextClassifierBundle
from ulmus.bundle.writer import Bundle, ngrams_hash
from ulmus.errors import BundleError
from ulmus.files import hash_file
from ulmus.models.language_model import LanguageModel, build_language_model
from ulmus.models.ngram_classifier import NgramClassifier
from ulmus.models.text_classifier import TextClassifier, build_text_classifier
from ulmus.nn.precision import PrecisionChoice, resolve_precision
from ulmus.text.processor import TextProcessor
from ulmus.text.tokenizers import Function

M = TypeVar("M", bound=torch.nn.Module)

HandedIn = str | Function
"""A function tokenizer, handed in by the caller: itself, or by its name."""


def load(
    path: str | Path,
    *,
    tokenizer: HandedIn | None = None,
    precision: PrecisionChoice = "fp32",
) -> Bundle:
    """Load a saved model.

    Args:
        path: The bundle's folder; or `en` or `en-backward`, the English language models that
            come with the package.
        tokenizer: The function the bundle was made with, where it was made with one. Names in
            a bundle are never imported.
        precision: What the model computes its large products in. `bf16` takes about half the
            time where the processor multiplies bfloat16, and moved probabilities of 4,096
            documents by 0.014 at most and no label; `auto` takes it there. In `fp32` a
            document's answer is the same alone and in any batch to 1e-5.

    Raises:
        BundleError: The folder is no bundle, damaged, or of a newer schema.
        SettingsError: bf16 on a processor that has no such arithmetic.
        TokenizerError: The bundle needs a function and none, or another one, was handed in.
    """
    folder = located(Path(path))
    computed = resolve_precision(precision, torch.device("cpu"))
    manifest = read_manifest(folder)
    for file in filterfalse(Path.is_dir, folder.rglob("*")):
        check_file(file)
    processor = TextProcessor.load(folder / PROCESSOR, tokenizer=tokenizer)
    if processor.fingerprint != manifest.processor_fingerprint:
        raise damaged(folder / PROCESSOR, ValueError("rules, tokenizer or vocabulary changed"))
    if len(processor.vocabulary) != manifest.vocabulary_size:
        raise damaged(folder / PROCESSOR, ValueError("the model knows another number of tokens"))
    if manifest.kind == "language-model":
        language_model = _language_model(folder, manifest)
        language_model.encoder.precision = computed
        return LanguageModelBundle(language_model, processor, manifest)
    backward = None
    if manifest.both_directions:
        if read_manifest(folder / BACKWARD).both_directions:  # as a link to the folder itself
            raise damaged(folder / BACKWARD, ValueError("a companion has no companion"))
        backward = load_classifier(folder / BACKWARD, tokenizer=tokenizer, precision=precision)
        _check_companion(folder / BACKWARD, manifest, backward.manifest)
    classifier = _classifier(folder, manifest)
    classifier.encoder.precision = computed
    ngrams = None if manifest.ngrams_hash is None else _ngrams(folder / NGRAMS, manifest)
    return TextClassifierBundle(classifier, processor, manifest, backward, ngrams)


def load_language_model(
    path: str | Path,
    *,
    tokenizer: HandedIn | None = None,
    precision: PrecisionChoice = "fp32",
) -> LanguageModelBundle:
    """Load a saved language model; see `load`.

    Raises:
        BundleError: The bundle is of another kind, or unusable.
    """
    bundle = load(path, tokenizer=tokenizer, precision=precision)
    if not isinstance(bundle, LanguageModelBundle):
        raise _other_kind(path, bundle.kind, "language-model")
    return bundle


def load_classifier(
    path: str | Path,
    *,
    tokenizer: HandedIn | None = None,
    precision: PrecisionChoice = "fp32",
) -> TextClassifierBundle:
    """Load a saved text classifier; see `load`.

    Raises:
        BundleError: The bundle is of another kind, or unusable.
    """
    bundle = load(path, tokenizer=tokenizer, precision=precision)
    if not isinstance(bundle, TextClassifierBundle):
        raise _other_kind(path, bundle.kind, "text-classifier")
    return bundle


def _language_model(folder: Path, manifest: Manifest) -> LanguageModel:
    return _with_weights(
        lambda: build_language_model(manifest.encoder, manifest.vocabulary_size), folder, manifest
    )


def _classifier(folder: Path, manifest: Manifest) -> TextClassifier:
    return _with_weights(
        lambda: build_text_classifier(
            manifest.encoder,
            manifest.vocabulary_size,
            manifest.output_size,
            settings=manifest.classifier,
        ),
        folder,
        manifest,
    )


def _with_weights(build: Callable[[], M], folder: Path, manifest: Manifest) -> M:
    path = folder / WEIGHTS
    try:
        if hash_file(path) != manifest.weights_hash:
            raise ValueError("the weights are not those that were written")
        weights = restored(load_file(path), manifest.storage)
        if any(not is_finite(weight) for weight in weights.values()):
            raise ValueError("a weight is no finite number")
        if manifest.encoder.layer_count > len(weights):
            raise ValueError("the weights are of fewer layers")
        # On the meta device nothing is allocated or drawn before the shapes are known to fit.
        with torch.device("meta"):
            model = build()
        model.load_state_dict(weights, assign=True)
    except (OSError, ValueError, RuntimeError, SafetensorError) as error:
        raise damaged(path, error) from None
    model.eval()
    return model


def _ngrams(folder: Path, manifest: Manifest) -> NgramClassifier:
    try:
        if ngrams_hash(folder) != manifest.ngrams_hash:
            raise ValueError("the linear model is not the one that was written")
        found = NgramClassifier.load(folder)
        said = len(found.biases), found.tags
        if manifest.target == "number" or said != (len(manifest.labels), manifest.target == "tags"):
            raise ValueError("the linear model says something else")
    except (OSError, ValueError) as error:
        raise damaged(folder, error) from None
    return found


def _check_companion(path: Path, manifest: Manifest, companion: Manifest) -> None:
    """Refuse to average with a classifier of other classes, text or direction."""
    said = (manifest.target, manifest.labels, manifest.processor_fingerprint)
    other = (companion.target, companion.labels, companion.processor_fingerprint)
    if said != other or manifest.backward == companion.backward:
        raise damaged(path, ValueError("it is no companion of the classifier above it"))


def _other_kind(path: str | Path, kind: str, wanted: str) -> BundleError:
    return BundleError(
        f"the bundle {str(path)!r} is of another kind",
        given=kind,
        accepted=wanted,
        remedy=f"Give a {wanted} bundle",
    )
