"""Probabilities of classes, for documents in any order and number."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from ulmus.batches.documents import EncodedDocuments
from ulmus.batches.length_buckets import LengthBuckets
from ulmus.models.text_classifier import TextClassifier

BATCH_SIZE = 64
TOKEN_BUDGET = 1 << 18
"""Tokens of a batch: 2 MB of ids, and 64 documents of 4,096 tokens side by side."""


@torch.inference_mode()
def predict_probabilities(
    model: TextClassifier,
    documents: Sequence[NDArray[Any]],
    *,
    batch_size: int = BATCH_SIZE,
    token_budget: int = TOKEN_BUDGET,
) -> NDArray[np.float32]:
    """Return the probability of each class for each document.

    A document's probabilities do not depend on the others (to rounding, 1e-5).

    Args:
        model: In evaluation mode.
        documents: The ids of each document; one without ids is read as padding.
        batch_size: The most documents that are read at once.
        token_budget: The most tokens that are read at once, padding included; a longer
            document is read alone.

    Returns:
        The probabilities, (N, C), in the order of the documents.
    """
    buckets = LengthBuckets(
        EncodedDocuments.join(documents),
        batch_size=batch_size,
        training=False,
        token_budget=token_budget,
    )
    last = model.layer_groups()[-1][-1]  # the head's last weight, (C, head size)
    probabilities = np.zeros((len(documents), len(last)), np.float32)
    for batch in buckets.batches():
        logits = model(batch.tokens.to(last.device), batch.lengths.to(last.device))
        probabilities[batch.indices.numpy()] = logits.float().softmax(-1).cpu().numpy()
    return probabilities
