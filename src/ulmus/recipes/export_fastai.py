"""A bundle becomes the files that fastai 2 loads."""

import json
from pathlib import Path

import torch

from ulmus.bundle.manifest import BACKWARD, Manifest
from ulmus.bundle.text_classifier import TextClassifierBundle
from ulmus.bundle.writer import Bundle
from ulmus.files import atomic_folder
from ulmus.interop.fastai_export import fastai_encoder, fastai_model
from ulmus.interop.fastai_vocabulary import names_for_fastai
from ulmus.interop.restricted_pickle import pickled_strings
from ulmus.recipes.fastai_card import fastai_card
from ulmus.text.processor import TextProcessor
from ulmus.text.tokenizers import SubwordTokenizer

MODEL, ENCODER, VOCABULARY = "model.pth", "encoder.pth", "vocab.pkl"
LABELS, SENTENCEPIECE, CARD = "labels.json", "spm.model", "README.md"
MARKER = "fastai-export.json"
"""What the files do not say of the model; also what tells such a folder from others."""


def export_fastai(bundle: Bundle, out: Path) -> None:
    """Write a bundle's weights and vocabulary for fastai 2.

    A classifier's companion that reads from the end goes into a folder of its own.

    Args:
        bundle: The model.
        out: The folder.

    Raises:
        OutputError: The folder is taken by something else, or cannot be written.
    """
    with atomic_folder(out, MARKER) as folder:
        _write(bundle, folder)


def _write(bundle: Bundle, folder: Path) -> None:
    torch.save(fastai_model(bundle.model), folder / MODEL)
    torch.save(fastai_encoder(bundle.model.encoder), folder / ENCODER)
    _write_text(bundle.processor, folder)
    manifest = bundle.manifest
    if manifest.labels:
        _write_json(folder / LABELS, list(manifest.labels))
    _write_json(folder / MARKER, _facts(manifest, bundle.processor))
    (folder / CARD).write_text(fastai_card(manifest, bundle.processor), "utf-8")
    if isinstance(bundle, TextClassifierBundle) and bundle.backward is not None:
        (folder / BACKWARD).mkdir()
        _write(bundle.backward, folder / BACKWARD)


def _write_text(processor: TextProcessor, folder: Path) -> None:
    """Write the vocabulary, and the SentencePiece model where there is one."""
    tokenizer = processor.tokenizer
    subwords = isinstance(tokenizer, SubwordTokenizer)
    tokens = names_for_fastai(processor.vocabulary, marked=subwords)
    (folder / VOCABULARY).write_bytes(pickled_strings(tokens))
    if isinstance(tokenizer, SubwordTokenizer):
        (folder / SENTENCEPIECE).write_bytes(tokenizer.model)


def _facts(manifest: Manifest, processor: TextProcessor) -> dict[str, object]:
    return {
        "kind": manifest.kind,
        "backward": manifest.backward,
        "encoder": manifest.encoder.model_dump(mode="json"),
        "target": manifest.target,
        "number": manifest.number and manifest.number.model_dump(mode="json"),
        "classifier": manifest.classifier and manifest.classifier.model_dump(mode="json"),
        "rules": processor.rules.name,
        "tokenizer": processor.tokenizer.spec,
        "weights_hash": manifest.weights_hash,
    }


def _write_json(path: Path, value: object) -> None:
    path.write_text(json.dumps(value, indent=2, ensure_ascii=False) + "\n", "utf-8")
