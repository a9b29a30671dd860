"""Models and batches that take hundreds of megabytes, for a gradient, without any dropout."""

from typing import Any

import torch

from ulmus.batches.contiguous import StreamBatch
from ulmus.batches.length_buckets import DocumentBatch
from ulmus.models.awd_lstm import AwdLstmSettings
from ulmus.models.language_model import build_language_model
from ulmus.models.text_classifier import ClassifierSettings, build_text_classifier
from ulmus.training.gradients import find_gradients
from ulmus.training.objectives import ClassificationObjective, LanguageModelObjective, evaluate

WORDS, ROWS, STEPS, LENGTH = 50, 64, 128, 512
SIZE = AwdLstmSettings(embedding_size=64, hidden_size=256, layer_count=2)

torch.manual_seed(0)
language_model = build_language_model(SIZE, WORDS)
classifier = build_text_classifier(
    SIZE, WORDS, 2, settings=ClassifierSettings(sequence_length=64, head_dropout=0.0)
)
language_model_objective = LanguageModelObjective()
classification = ClassificationObjective(alpha=2.0, beta=1.0)

_tokens = torch.randint(1, WORDS, (ROWS, 2 * STEPS + 1))
stream = [
    StreamBatch(_tokens[:, a : a + STEPS], _tokens[:, a + 1 : a + STEPS + 1]) for a in (0, STEPS)
]
_lengths = torch.randint(LENGTH // 2, LENGTH + 1, (ROWS // 2,))
_lengths[0] = LENGTH
_documents = torch.randint(1, WORDS, (ROWS // 2, LENGTH))
_documents[torch.arange(LENGTH) >= _lengths[:, None]] = 1  # padding
documents = [
    DocumentBatch(_documents, _lengths, torch.arange(ROWS // 2) % 2, torch.arange(ROWS // 2))
]
long_documents = [row[:n].numpy() for row, n in zip(_documents, _lengths.tolist(), strict=True)]


def warm_up(model: Any, objective: Any, batch: Any) -> None:
    """Read a batch in ever smaller parts: a kernel is compiled for each size.

    That wants address space of its own, which the heap of a limited process has taken by then.
    """
    tokens = batch.tokens.numel()
    while tokens > batch.tokens.shape[1]:
        tokens //= 2
        model.budget.tokens = tokens
        find_gradients(objective, model, batch, None)
        evaluate(model, objective, [batch])
        for parameter in model.parameters():
            parameter.grad = None
    model.budget.tokens = None
