"""Makes what the prediction rows need: a classifier that is sure of most documents, for both sides.

Without learning all documents would lie on the border between the classes, where any rounding
turns labels. From random weights learning takes too long, so the classifier starts where
pretraining would have brought it: words of one class lie together, and layers pass them on.
"""

from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import save_file
from torch import Tensor
from torch.nn import functional as F

from children.ulmus_classifier_training import CLASSES, prepared_step
from harness.child import Job, serve
from harness.random_ids import FIRST_WORD, labelled_documents
from ulmus.batches.documents import EncodedDocuments
from ulmus.batches.length_buckets import LengthBuckets
from ulmus.bundle.writer import classifier_bundle, write_bundle
from ulmus.inference.classifier import answer_of, predict_documents
from ulmus.interop.fastai_export import fastai_model
from ulmus.models.presets import preset
from ulmus.models.text_classifier import TextClassifier, build_text_classifier
from ulmus.text import TextProcessor, build_splitter

BATCH_SIZE = 32
HEAD_STEPS, HEAD_RATE = 200, 1e-2
LEARNING_RATE = 1e-3
LEARNED_TOKENS = 72
"""Of each document; more would take minutes and teach the same."""
SEED = 1
"""Other documents than those that are predicted."""
LAYER_SCALE, WORD_SHIFT = 2.0, 0.1
FILLERS = 8
JUDGED = 128


def build(settings: dict[str, Any]) -> Job:
    torch.manual_seed(0)
    folder, size = Path(settings["folder"]), settings["vocabulary_size"]
    words = Counter({f"word{number}": 1 for number in range(FIRST_WORD, size - FILLERS)})
    splitter = build_splitter("words:en")
    processor = TextProcessor(splitter, splitter.vocabulary(words, min_freq=1))
    model = build_text_classifier(preset("awd-lstm"), len(processor.vocabulary), CLASSES)
    _shift(model)
    _learn(model, settings["steps"])
    accuracy = _accuracy(model)
    bundle = classifier_bundle(model, processor, ("odd", "even"))
    (folder / "bundle").mkdir()
    write_bundle(folder / "bundle", bundle)
    weights = {name: value.clone() for name, value in fastai_model(model).items()}
    save_file(weights, folder / "peer.safetensors")
    return Job(lambda: None, lambda: {"accuracy": accuracy, "words": len(processor.vocabulary)})


@torch.no_grad()
def _shift(model: TextClassifier) -> None:
    """Move even and odd words apart, and let layers pass on more than at a random start."""
    embedding = model.encoder.embedding
    shift = WORD_SHIFT * torch.randn(embedding.shape[1])
    embedding[0::2] += shift
    embedding[1::2] -= shift
    for parameter in model.encoder.stack.parameters():
        parameter.mul_(LAYER_SCALE)


def _learn(model: TextClassifier, steps: int) -> None:
    """Train the head on what the encoder makes of documents, then the whole for some steps."""
    documents, labels = labelled_documents(steps * BATCH_SIZE, len(model.encoder.embedding), SEED)
    short = [ids[:LEARNED_TOKENS] for ids in documents]
    held = EncodedDocuments.join(short, np.array(labels))
    batches = LengthBuckets(held, batch_size=BATCH_SIZE, training=True)
    _learn_head(model, list(batches.batches(0)))
    step = prepared_step(model, learning_rate=LEARNING_RATE)
    for batch in batches.batches(0):
        step(batch)


def _learn_head(model: TextClassifier, batches: list[Any]) -> None:
    model.eval()
    with torch.no_grad():
        pooled = torch.cat([model.read(batch.tokens, batch.lengths).pooled for batch in batches])
    labels: Tensor = torch.cat([batch.targets for batch in batches])
    optimizer = torch.optim.AdamW(model.head.parameters(), lr=HEAD_RATE)
    model.head.train()
    for _ in range(HEAD_STEPS):
        optimizer.zero_grad()
        F.cross_entropy(model.head(pooled), labels).backward()
        optimizer.step()


def _accuracy(model: TextClassifier) -> float:
    """Return the accuracy over documents that were not learned from."""
    model.eval()
    documents, labels = labelled_documents(JUDGED, len(model.encoder.embedding), SEED + 1)
    answers = predict_documents(model, documents, answer_of("class"))
    return float((answers.argmax(1) == np.array(labels)).mean())


if __name__ == "__main__":
    serve(build)
