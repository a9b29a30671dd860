"""What a classifier says of documents, in any order and number."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ulmus.batches.documents import EncodedDocuments
from ulmus.batches.length_buckets import LengthBuckets
from ulmus.models.number_scale import NumberScale
from ulmus.models.text_classifier import TextClassifier
from ulmus.text.targets import TargetKind

BATCH_SIZE = 64
TOKEN_BUDGET = 1 << 18
"""Tokens of a batch: 2 MB of ids, and 64 documents of 4,096 tokens side by side."""

Answer = Callable[[Tensor], Tensor]
"""From logits, (B, C), to what is said of each document, (B, C)."""


def answer_of(target: TargetKind, number: NumberScale | None = None) -> Answer:
    """Return what turns logits into an answer.

    Args:
        target: Classes: probabilities that sum to one. Tags: the probability of each.
        number: From output to number, where numbers are said.
    """
    if number is not None:
        return number.number
    return torch.sigmoid if target == "tags" else _class_probabilities


@torch.inference_mode()
def predict_documents(
    model: TextClassifier,
    documents: Sequence[NDArray[Any]],
    answer: Answer,
    *,
    batch_size: int = BATCH_SIZE,
    token_budget: int = TOKEN_BUDGET,
) -> NDArray[np.floating]:
    """Return the answer for each document.

    A document's answer does not depend on the others (to rounding, 1e-5).

    Args:
        model: In evaluation mode.
        documents: The ids of each document; one without ids is read as padding.
        answer: From logits to what is said.
        batch_size: The most documents that are read at once.
        token_budget: The most tokens that are read at once, padding included; a longer
            document is read alone.

    Returns:
        The answers, (N, C), in the order of the documents: probabilities in single precision,
        numbers in double.
    """
    buckets = LengthBuckets(
        EncodedDocuments.join(documents),
        batch_size=batch_size,
        training=False,
        token_budget=token_budget,
    )
    last = model.layer_groups()[-1][-1]  # the head's last weight, (C, head size)
    nothing = answer(last.new_zeros(0, len(last))).cpu().numpy()
    answers = np.zeros((len(documents), len(last)), nothing.dtype)
    for batch in buckets.batches():
        logits = model(batch.tokens.to(last.device), batch.lengths.to(last.device))
        answers[batch.indices.numpy()] = answer(logits.float()).cpu().numpy()
    return answers


def _class_probabilities(logits: Tensor) -> Tensor:
    return logits.softmax(-1)
