"""A text classifier: an encoder, concat pooling and a small head.

Paper: Howard, Ruder, "Universal Language Model Fine-tuning for Text Classification" (2018).
"""

from collections.abc import Sequence
from typing import NamedTuple, Self

import torch
from pydantic import Field, model_validator
from torch import Tensor, nn

from ulmus.models.awd_lstm import NO_DROPOUTS, AwdLstm, AwdLstmSettings, Dropouts
from ulmus.nn.pooling import Pool, side_by_side
from ulmus.nn.recomputing import recomputed
from ulmus.nn.recurrence import Ragged
from ulmus.nn.recurrent_stack import State, detach_state, resize_state
from ulmus.settings import Settings
from ulmus.shortage import TokenBudget, until_it_fits

TOKENS_AT_ONCE = 1 << 13
"""Tokens that are read at once where nothing is trained: the library rearranges an AWD-LSTM's
weights anew, in 40 ms, each time."""


MOST_TOKENS = 1 << 40
"""No document is longer, and the sums of such numbers are whole numbers of the processor's."""


class ClassifierSettings(Settings):
    """How a document is read and judged; the defaults are the reference's."""

    sequence_length: int = Field(72, ge=1, le=MOST_TOKENS, description="tokens read at once")
    max_length: int = Field(
        1440, ge=1, le=MOST_TOKENS, description="tokens at a document's end that are pooled"
    )
    head_size: int = Field(50, ge=1)
    head_dropout: float = Field(0.1, ge=0, lt=1)

    @model_validator(mode="after")
    def _last_chunk_is_pooled(self) -> Self:
        if self.max_length < self.sequence_length:
            raise ValueError("max_length must be at least sequence_length")
        return self


class ReadDocuments(NamedTuple):
    """What is left of documents when they have been read.

    Attributes:
        pooled: Last, largest and mean outputs of what is pooled.
        raw: The last layer's outputs of each chunk in which something is pooled.
        counted: Which of these are pooled.

    Shapes:
        pooled: (B, 3E); raw: (R, T, E) each, of the R rows that have not ended, the longest
        document first, so that R falls from chunk to chunk; counted: (R, T) bool each.
    """

    pooled: Tensor
    raw: list[Tensor]
    counted: list[Tensor]


class Chunk(NamedTuple):
    """A stretch of steps that is read at once.

    Shapes:
        counted: (B, T) bool, steps that are pooled; lengths, ends: (B,) int64.
    """

    counted: Tensor
    lengths: Tensor
    ends: Tensor


class ClassifierHead(nn.Module):
    """BatchNorm, dropout, linear, ReLU, then BatchNorm, dropout, linear, no biases.

    Args:
        features: What the pooling gives.
        settings: Size and dropout of the inner layer.
        class_count: C.
        input_dropout: Dropout on the pooled features.
    """

    def __init__(
        self,
        features: int,
        settings: ClassifierSettings,
        class_count: int,
        input_dropout: float,
    ) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.BatchNorm1d(features),
            nn.Dropout(input_dropout),
            nn.Linear(features, settings.head_size, bias=False),
            nn.ReLU(),
            nn.BatchNorm1d(settings.head_size),
            nn.Dropout(settings.head_dropout),
            nn.Linear(settings.head_size, class_count, bias=False),
        )

    def forward(self, pooled: Tensor) -> Tensor:
        """Return logits.

        Shapes:
            pooled: (B, features); returned: (B, C).
        """
        logits: Tensor = self.layers(pooled)
        return logits


class TextClassifier(nn.Module):
    """Reads right-padded documents of any length and returns a logit for each class.

    A row's logits depend on that row alone (in evaluation mode): padding is masked everywhere.

    Args:
        encoder: Reads the tokens.
        settings: How.
        class_count: C.

    Attributes:
        budget: How many tokens are read at once; of those that are learned from, how many are
            kept for the gradient.
    """

    def __init__(self, encoder: AwdLstm, settings: ClassifierSettings, class_count: int) -> None:
        super().__init__()
        self.encoder = encoder
        self.settings = settings
        features = 3 * encoder.settings.embedding_size
        dropout = encoder.dropouts.output_dropout
        self.head = ClassifierHead(features, settings, class_count, dropout)
        self.budget = TokenBudget()

    def extra_repr(self) -> str:
        """Return what the parts do not tell of themselves."""
        return repr(self.settings)

    def forward(self, tokens: Tensor, lengths: Tensor) -> Tensor:
        """Return logits.

        Shapes:
            tokens: (B, T) int64, right-padded; lengths: (B,) int64, at least 1; returned: (B, C).
        """
        logits: Tensor = self.head(self.read(tokens, lengths).pooled)
        return logits

    def read(self, tokens: Tensor, lengths: Tensor) -> ReadDocuments:
        """Read documents in chunks with carried state and pool their last `max_length` tokens.

        A chunk is pooled whole, or, where more than `max_length` tokens of the row begin with
        it, not at all: then it only warms the state and takes no gradient. Between chunks the
        gradient is cut. The output dropout is the head's, on what was pooled. A row takes part
        until its document ends.

        What is learned from is read in as many parts as the budget wants, and read anew, part by
        part, when its gradient is found. Else the budget is halved where memory runs out.

        Shapes:
            tokens: (B, T) int64; lengths: (B,).

        Raises:
            ShortageError: There is too little memory to read a stretch of a document.
        """
        order = lengths.argsort(descending=True, stable=True)
        in_parts = self._read_to_learn if torch.is_grad_enabled() else self._read_somehow
        read = in_parts(tokens[order], lengths[order])
        return read._replace(pooled=read.pooled[order.argsort()])

    def _read_to_learn(self, tokens: Tensor, lengths: Tensor) -> ReadDocuments:
        kept_length = min(int(lengths[0]), self.settings.max_length)
        rows = self.budget.rows(kept_length)
        if rows is None or rows >= len(tokens):
            return self._read(tokens, lengths)
        parts = zip(tokens.split(rows), lengths.split(rows), strict=True)
        read = (recomputed(self._read_part, *part) for part in parts)
        return _joined([ReadDocuments(pooled, rest[:1], rest[1:]) for pooled, *rest in read])

    def _read_part(self, tokens: Tensor, lengths: Tensor) -> tuple[Tensor, ...]:
        read = self._read(tokens, lengths)
        if not read.raw:
            return (read.pooled,)
        return read.pooled, side_by_side(read.raw), side_by_side(read.counted)

    def _read_somehow(self, tokens: Tensor, lengths: Tensor) -> ReadDocuments:
        def rows_at_once() -> int:
            return min(len(tokens), self.budget.rows(self.settings.sequence_length) or len(tokens))

        def attempt() -> ReadDocuments:
            rows = rows_at_once()
            parts = zip(tokens.split(rows), lengths.split(rows), strict=True)
            return _joined([self._read(*part) for part in parts])

        def make_smaller() -> None:
            rows = rows_at_once()
            tried = min(rows * tokens.shape[1], rows * self._steps_at_once(rows))
            least = min(self.settings.sequence_length, tried)
            self.budget.halve(tried, least, "a stretch of a single document")

        return until_it_fits(attempt, make_smaller)

    def _steps_at_once(self, rows: int) -> int:
        """Return how many steps of so many rows are read at once where nothing is trained."""
        step, most = self.settings.sequence_length, self.budget.tokens or TOKENS_AT_ONCE
        return step * max(1, min(most, TOKENS_AT_ONCE) // (rows * step))

    def _read(self, tokens: Tensor, lengths: Tensor) -> ReadDocuments:
        """Read documents, the longest first."""
        raw, counted = [], []
        state: State | None = None
        pool = Pool.empty(len(tokens), self.encoder.settings.embedding_size, self.encoder.embedding)
        start = 0
        while rows := int((lengths > start).sum()):
            part = tokens[:rows, start : start + self._steps(start, lengths[:rows])]
            chunk = self._chunk(start, part.shape[1], lengths[:rows])
            pooled = bool(chunk.counted.any())
            before = None if state is None else resize_state(state, rows)
            ragged = self._ragged(chunk) if self.encoder.reads_ragged(rows) else None
            with torch.set_grad_enabled(torch.is_grad_enabled() and pooled):
                output = self.encoder(part, before, lengths=chunk.lengths, ragged=ragged)
            state = detach_state(output.state)
            pool = pool.add(output.raw, chunk.counted, chunk.ends)
            if self.training and pooled:
                raw.append(output.raw)
                counted.append(chunk.counted)
            start += part.shape[1]
        return ReadDocuments(pool.concatenated(), raw, counted)

    def _steps(self, start: int, lengths: Tensor) -> int:
        """Return how many steps of rows that have not ended are read at once.

        That is a chunk, or several where nothing is trained, or all that is pooled where what
        lies between the chunks can be cut within the layers.
        """
        rows, step = len(lengths), self.settings.sequence_length
        if self.encoder.settings.bidirectional:
            return step  # a second direction begins anew in each chunk
        if not torch.is_grad_enabled():
            return self._steps_at_once(rows)
        longest, shortest = int(lengths[0]) - start, int(lengths[-1]) - start
        if self.encoder.reads_ragged(rows) and shortest <= self.settings.max_length:
            return longest
        return step

    def _ragged(self, chunk: Chunk) -> Ragged:
        steps = torch.arange(chunk.counted.shape[1], device=chunk.lengths.device)
        rows = (chunk.lengths[:, None] > steps).sum(0)
        return Ragged(tuple(rows.tolist()), self.settings.sequence_length)

    def _chunk(self, start: int, steps: int, lengths: Tensor) -> Chunk:
        position = start + torch.arange(steps, device=lengths.device)
        begins = position - position % self.settings.sequence_length
        pooled = lengths[:, None] - begins <= self.settings.max_length
        ends = lengths - 1 - start
        return Chunk(
            counted=(position < lengths[:, None]) & pooled,
            lengths=(lengths - start).clamp(0, steps),
            ends=torch.where(ends < steps, ends, -1).clamp(min=-1),
        )

    def layer_groups(self) -> list[list[nn.Parameter]]:
        """Return the parameters in groups: embedding, each LSTM layer, head."""
        layers = [list(layer.parameters()) for layer in self.encoder.stack.layers]
        return [[self.encoder.embedding], *layers, list(self.head.parameters())]


def _joined(parts: Sequence[ReadDocuments]) -> ReadDocuments:
    """Return what is left of documents that were read in parts."""
    if len(parts) == 1:
        return parts[0]
    pooled = torch.cat([part.pooled for part in parts])
    if not parts[0].raw:
        return ReadDocuments(pooled, [], [])
    steps = max(sum(chunk.shape[1] for chunk in part.raw) for part in parts)
    raw = torch.cat([side_by_side(part.raw, steps) for part in parts])
    counted = torch.cat([side_by_side(part.counted, steps) for part in parts])
    return ReadDocuments(pooled, [raw], [counted])


def build_text_classifier(
    encoder_settings: AwdLstmSettings,
    vocabulary_size: int,
    class_count: int,
    *,
    settings: ClassifierSettings | None = None,
    dropouts: Dropouts = NO_DROPOUTS,
) -> TextClassifier:
    """Return a freshly initialised text classifier."""
    encoder = AwdLstm(encoder_settings, vocabulary_size, dropouts)
    return TextClassifier(encoder, settings or ClassifierSettings(), class_count)
