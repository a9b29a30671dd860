"""A pass of our classifier's training over documents, the whole model trained."""

from typing import Any

import numpy as np
import torch

from children.ulmus_precision import computes_in
from harness.child import Job, serve
from harness.random_ids import labelled_documents
from ulmus.batches.documents import EncodedDocuments
from ulmus.batches.length_buckets import DocumentBatch, LengthBuckets
from ulmus.models.awd_lstm import CLASSIFIER_DROPOUTS
from ulmus.models.presets import preset
from ulmus.models.text_classifier import TextClassifier, build_text_classifier
from ulmus.training.objectives import ClassificationObjective
from ulmus.training.parameter_groups import build_optimizer
from ulmus.training.stage import Stage

CLASSES = 2
CLIP = 1e9
"""The peer's default is not to clip; the loop always does, so it pays for the norm."""
PEER_MULTIPLIER = 0.5


def build(settings: dict[str, Any]) -> Job:
    torch.manual_seed(0)
    model = build_text_classifier(
        preset("awd-lstm"),
        settings["vocabulary_size"],
        CLASSES,
        dropouts=CLASSIFIER_DROPOUTS.scaled(PEER_MULTIPLIER),
    )
    computes_in(model, settings["precision"])
    step = prepared_step(model, learning_rate=1e-3)
    documents, labels = labelled_documents(settings["documents"], settings["vocabulary_size"])
    batches = LengthBuckets(
        EncodedDocuments.join(documents, np.array(labels)),
        batch_size=settings["batch_size"],
        training=True,
    )
    epoch, loss = 0, 0.0

    def run() -> None:
        nonlocal epoch, loss
        for batch in batches.batches(epoch):
            loss = step(batch)
        epoch += 1

    step(next(batches.batches(0)))
    return Job(run, lambda: {"loss": loss})


def prepared_step(model: TextClassifier, *, learning_rate: float) -> Any:
    """Return a training step over the whole model, as the training loop makes it."""
    stage = Stage(name="benchmark", epochs=1, learning_rate=learning_rate)
    optimizer = build_optimizer(model.layer_groups(), stage, weight_decay=0.01)
    # With the peer's regularization, which its learner has switched on for classifiers too.
    objective = ClassificationObjective(alpha=2.0, beta=1.0)
    model.train()

    def step(batch: DocumentBatch) -> float:
        optimizer.zero_grad()
        loss, score, _ = objective(model, batch, None)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), CLIP)
        optimizer.step()
        return float(score.mean_loss)

    return step


if __name__ == "__main__":
    serve(build)
