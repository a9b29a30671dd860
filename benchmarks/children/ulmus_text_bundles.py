"""Makes untrained bundles of full size over words of real novels, and the same for the peer."""

import json
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file

from harness.child import Job, serve
from harness.shared_texts import novel_passages
from ulmus.bundle.writer import Bundle, classifier_bundle, language_model_bundle, write_bundle
from ulmus.interop.fastai_export import fastai_model
from ulmus.models.language_model import build_language_model
from ulmus.models.presets import preset
from ulmus.models.text_classifier import build_text_classifier
from ulmus.text import TextProcessor

FILLERS = 8
LABELS = ("no", "yes")
PROMPT_WORDS = 20
TEXT_TOKENS = 20


def build(settings: dict[str, Any]) -> Job:
    torch.manual_seed(0)
    folder = Path(settings["folder"])
    passages = novel_passages(Path(settings["data"]), settings["megabytes"])
    processor = TextProcessor.build(
        passages, max_vocab=settings["vocabulary_size"] - FILLERS, min_freq=1
    )
    words = len(processor.vocabulary)
    size = preset("awd-lstm")
    classifier = build_text_classifier(size, words, len(LABELS))
    _write(folder / "classifier", classifier_bundle(classifier, processor, LABELS))
    language_model = build_language_model(size, words)
    _write(folder / "language_model", language_model_bundle(language_model, processor))
    count = settings["texts"]
    told = {
        "vocabulary": processor.vocabulary.tokens,
        "labels": LABELS,
        "passages": passages[:200],
        "texts": _texts(processor, passages, count),
        "prompts": _prompts(passages, count),
    }
    (folder / "texts.json").write_text(json.dumps(told), "utf-8")
    return Job(lambda: None, lambda: {"words": words})


def _write(folder: Path, bundle: Bundle) -> None:
    folder.mkdir()
    write_bundle(folder, bundle)
    weights = {name: value.clone() for name, value in fastai_model(bundle.model).items()}
    save_file(weights, folder.with_suffix(".safetensors"))


def _texts(processor: TextProcessor, passages: list[str], count: int) -> list[str]:
    """Return beginnings of passages that are of a given number of tokens, xxbos included."""
    found = []
    for passage in passages:
        words = passage.split()
        parts = (" ".join(words[:length]) for length in range(8, TEXT_TOKENS))
        fits = (part for part in parts if len(processor.tokens(part)) == TEXT_TOKENS)
        if (part := next(fits, None)) is not None:
            found.append(part)
        if len(found) == count:
            break
    return found


def _prompts(passages: list[str], count: int) -> list[str]:
    long = (words for text in passages if len(words := text.split()) > PROMPT_WORDS)
    return [" ".join(words[:PROMPT_WORDS]) for words, _ in zip(long, range(count), strict=False)]


if __name__ == "__main__":
    serve(build)
