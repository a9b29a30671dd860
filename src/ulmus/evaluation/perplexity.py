"""Perplexity of documents, each read by itself and every token weighted alike."""

import math
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from ulmus.batches.documents import Documents, EncodedDocuments
from ulmus.corpus.reader import Split
from ulmus.errors import CorpusError
from ulmus.models.language_model import LanguageModel
from ulmus.nn.losses import IGNORED
from ulmus.nn.recurrent_stack import State, resize_state
from ulmus.text.special_tokens import PADDING_ID

# On two cores larger batches were no faster, and longer stretches read more padding.
BATCH_TOKENS = 2048
SEQUENCE_LENGTH = 64
LARGEST_MEAN_LOSS = 700.0
"""Of a larger one the exponential would be no finite number."""

Indices = NDArray[np.int64]


class Perplexity(NamedTuple):
    """How well a language model predicts documents.

    Attributes:
        per_token: The exponential of the mean loss of a token; 1 would be perfect.
        bits_per_character: The loss in bits for each character of the text, which compares
            models with different tokenizers.
        token_count: How many tokens were predicted.
    """

    per_token: float
    bits_per_character: float
    token_count: int


class _Columns(NamedTuple):
    """The same stretch of some documents: what is read, (B, T), and what follows, (B, T)."""

    tokens: torch.Tensor
    targets: torch.Tensor


def document_perplexity(
    model: LanguageModel,
    documents: Sequence[NDArray[Any]],
    character_count: int,
    *,
    batch_tokens: int = BATCH_TOKENS,
    sequence_length: int = SEQUENCE_LENGTH,
) -> Perplexity:
    """Measure documents in memory.

    The first token of a document is context, every other one is predicted from those before
    it. How documents are put into batches does not change the figure.

    Args:
        model: In evaluation mode.
        documents: The ids of each document.
        character_count: Characters of all documents' text.
        batch_tokens: Tokens read at once, padding included.
        sequence_length: The most tokens of one document that are read at once.

    Returns:
        The figures over all documents.

    Raises:
        CorpusError: No document has a second token.
    """
    return _measure(
        model,
        EncodedDocuments.join(documents),
        character_count,
        backward=False,
        batch_tokens=batch_tokens,
        sequence_length=sequence_length,
    )


def split_perplexity(
    model: LanguageModel,
    split: Split,
    *,
    backward: bool = False,
    batch_tokens: int = BATCH_TOKENS,
    sequence_length: int = SEQUENCE_LENGTH,
) -> Perplexity:
    """Measure a split of a corpus, which stays on disk.

    Args:
        model: In evaluation mode.
        split: The documents.
        backward: Whether the model reads each document from its end.
        batch_tokens: Tokens read at once, padding included.
        sequence_length: The most tokens of one document that are read at once.

    Returns:
        The figures over all documents.

    Raises:
        CorpusError: No document has a second token.
    """
    return _measure(
        model,
        split,
        split.character_count,
        backward=backward,
        batch_tokens=batch_tokens,
        sequence_length=sequence_length,
    )


def _measure(
    model: LanguageModel,
    documents: Documents,
    character_count: int,
    *,
    backward: bool,
    batch_tokens: int,
    sequence_length: int,
) -> Perplexity:
    predicted = np.maximum(documents.ends - documents.starts - 1, 0)
    token_count = int(predicted.sum())
    if not token_count or character_count < 1:
        raise CorpusError(
            f"nothing to predict in {predicted.size} documents of {character_count} characters",
            accepted="a document of two tokens or more",
            remedy="Give more text",
        )
    nats = 0.0
    for indices in _groups(predicted, batch_tokens, sequence_length):
        nats += _summed_loss(model, documents, indices, backward, sequence_length)
    return Perplexity(
        per_token=math.exp(min(nats / token_count, LARGEST_MEAN_LOSS)),
        bits_per_character=nats / math.log(2) / character_count,
        token_count=token_count,
    )


def _groups(predicted: Indices, batch_tokens: int, sequence_length: int) -> Iterator[Indices]:
    """Yield documents that are read side by side, the longest first."""
    order = np.argsort(-predicted, kind="stable")
    order = order[: np.count_nonzero(predicted)]
    first = 0
    while first < order.size:
        columns = min(int(predicted[order[first]]), sequence_length)
        rows = max(1, batch_tokens // columns)
        yield order[first : first + rows]
        first += rows


@torch.inference_mode()
def _summed_loss(
    model: LanguageModel,
    documents: Documents,
    indices: Indices,
    backward: bool,
    sequence_length: int,
) -> float:
    """Return the summed loss of some documents, the longest first, in nats."""
    device = next(model.parameters()).device
    predicted = documents.ends[indices] - documents.starts[indices] - 1
    nats, state = 0.0, None
    for first in range(0, int(predicted[0]), sequence_length):
        rows = int(np.count_nonzero(predicted > first))  # those that have not ended yet
        columns = _columns(documents, indices[:rows], first, sequence_length, backward)
        tokens, targets = (part.to(device) for part in columns)
        result = model.loss_sum(tokens, targets, _first_rows(state, rows))
        nats, state = nats + result.total.item(), result.state
    return nats


def _first_rows(state: State | None, rows: int) -> State | None:
    return None if state is None else resize_state(state, rows)


def _columns(
    documents: Documents, indices: Indices, first: int, sequence_length: int, backward: bool
) -> _Columns:
    starts, ends = documents.starts[indices, None], documents.ends[indices, None]  # (B, 1)
    width = min(sequence_length, int((ends - starts).max()) - 1 - first)
    steps = first + np.arange(width + 1)  # (T + 1,)
    inside = steps < ends - starts  # (B, T + 1)
    positions = ends - 1 - steps if backward else starts + steps
    window = np.full(inside.shape, PADDING_ID, np.int64)
    window[inside] = documents.ids[positions[inside]]
    targets = np.where(inside, window, IGNORED)
    return _Columns(
        torch.from_numpy(window[:, :-1].copy()), torch.from_numpy(targets[:, 1:].copy())
    )
