"""Writing a bundle."""

import importlib.metadata
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file

from ulmus.bundle.language_model import LanguageModelBundle
from ulmus.bundle.manifest import (
    BACKWARD,
    CARD,
    NGRAMS,
    PROCESSOR,
    WEIGHTS,
    Manifest,
    write_manifest,
)
from ulmus.bundle.model_card import model_card
from ulmus.bundle.storage import Storage, stored
from ulmus.bundle.text_classifier import TextClassifierBundle
from ulmus.files import fingerprint, hash_file
from ulmus.models.language_model import LanguageModel
from ulmus.models.number_scale import NumberScale
from ulmus.models.text_classifier import TextClassifier
from ulmus.text.processor import TextProcessor
from ulmus.text.targets import SEPARATOR, TargetKind

Bundle = LanguageModelBundle | TextClassifierBundle


def language_model_bundle(
    model: LanguageModel,
    processor: TextProcessor,
    *,
    backward: bool = False,
    metrics: dict[str, Any] | None = None,
    provenance: dict[str, Any] | None = None,
) -> LanguageModelBundle:
    """Put a trained language model and its processor together, ready for use on the CPU.

    Args:
        model: The model.
        processor: The processor of the corpus it has learned.
        backward: Whether it reads each document from its end.
        metrics: Figures to remember.
        provenance: Where it comes from.
    """
    manifest = Manifest(
        kind="language-model",
        **_facts(model, processor, metrics, provenance),
        backward=backward,
    )
    return LanguageModelBundle(model, processor, manifest)


def classifier_bundle(
    model: TextClassifier,
    processor: TextProcessor,
    labels: tuple[str, ...],
    *,
    target: TargetKind = "class",
    separator: str = SEPARATOR,
    number: NumberScale | None = None,
    backward: bool = False,
    metrics: dict[str, Any] | None = None,
    provenance: dict[str, Any] | None = None,
) -> TextClassifierBundle:
    """Put a trained classifier and its processor together, ready for use on the CPU.

    Args:
        model: The model.
        processor: The processor of the corpus it has learned.
        labels: Names of the classes or tags, in the order of the logits.
        target: What the classifier says of a document.
        separator: What stands between tags.
        number: How its output becomes a number, where it says one.
        backward: Whether it reads each document from its end.
        metrics: Figures to remember.
        provenance: Where it comes from.
    """
    manifest = Manifest(
        kind="text-classifier",
        **_facts(model, processor, metrics, provenance),
        classifier=model.settings,
        target=target,
        separator=separator,
        labels=labels,
        number=number,
        backward=backward,
    )
    return TextClassifierBundle(model, processor, manifest)


def write_bundle(folder: Path, bundle: Bundle) -> None:
    """Write a bundle's files into a folder that is there.

    A caller that wants the folder whole or absent gives a temporary one, see
    `files.atomic_folder`.
    """
    save_file(stored(bundle.model.state_dict(), bundle.manifest.storage), folder / WEIGHTS)
    bundle.processor.save(folder / PROCESSOR)
    backward = ngrams = None
    if isinstance(bundle, TextClassifierBundle):
        backward, ngrams = bundle.backward, bundle.ngrams
    if ngrams is not None:
        (folder / NGRAMS).mkdir()
        ngrams.save(folder / NGRAMS)
    manifest = bundle.manifest.with_(
        weights_hash=hash_file(folder / WEIGHTS),
        both_directions=backward is not None,
        ngrams_hash=None if ngrams is None else ngrams_hash(folder / NGRAMS),
    )
    write_manifest(folder, manifest)
    (folder / CARD).write_text(model_card(manifest, bundle.processor.tokenizer.spec), "utf-8")
    if backward is not None:
        (folder / BACKWARD).mkdir()
        write_bundle(folder / BACKWARD, backward)


def ngrams_hash(folder: Path) -> str:
    """Return a hash of a linear model's files."""
    return fingerprint([hash_file(path) for path in sorted(folder.iterdir())])


def in_storage(bundle: Bundle, storage: Storage) -> Bundle:
    """Return a bundle that will be written with rounded weights; see `storage.stored`."""
    manifest = bundle.manifest.with_(storage=storage)
    if isinstance(bundle, LanguageModelBundle):
        return replace(bundle, manifest=manifest)
    backward = bundle.backward
    if backward is not None:
        backward = replace(backward, manifest=backward.manifest.with_(storage=storage))
    return replace(bundle, manifest=manifest, backward=backward)


def _facts(
    model: LanguageModel | TextClassifier,
    processor: TextProcessor,
    metrics: dict[str, Any] | None,
    provenance: dict[str, Any] | None,
) -> dict[str, Any]:
    model.eval().cpu()
    made = {
        "made": datetime.now(UTC).isoformat(timespec="seconds"),
        "ulmus": importlib.metadata.version("ulmus"),
        "torch": torch.__version__,
    }
    return {
        "encoder": model.encoder.settings,
        "vocabulary_size": len(model.encoder.embedding),
        "processor_fingerprint": processor.fingerprint,
        "weights_hash": "",  # known when the weights are written
        "metrics": metrics or {},
        "provenance": {**made, **(provenance or {})},
    }
