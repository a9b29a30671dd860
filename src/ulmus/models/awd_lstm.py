"""AWD-LSTM: an embedding and a stack of LSTM layers with five dropouts.

Paper: Merity, Keskar, Socher, "Regularizing and Optimizing LSTM Language Models" (2017).
"""

from typing import NamedTuple, Self

import torch
from pydantic import Field, model_validator
from torch import Tensor, nn

from ulmus.nn.dropouts import embed, sequence_dropout
from ulmus.nn.lstm_kernels import reads_ragged
from ulmus.nn.precision import Precision
from ulmus.nn.recurrence import Ragged
from ulmus.nn.recurrent_stack import RecurrentStack, State
from ulmus.settings import Settings

EMBEDDING_RANGE = 0.1


class AwdLstmSettings(Settings):
    """The size of an AWD-LSTM; the defaults are those of the ULMFiT paper's successors."""

    embedding_size: int = Field(400, ge=1)
    hidden_size: int = Field(1152, ge=1)
    layer_count: int = Field(3, ge=1)
    bidirectional: bool = False

    @model_validator(mode="after")
    def _directions_share_evenly(self) -> Self:
        if self.bidirectional and (self.embedding_size % 2 or self.hidden_size % 2):
            raise ValueError("two directions need an even embedding_size and hidden_size")
        return self

    def layer_sizes(self) -> list[int]:
        """Return the features of the input and of each layer's output."""
        inner = [self.hidden_size] * (self.layer_count - 1)
        return [self.embedding_size, *inner, self.embedding_size]


class Dropouts(Settings):
    """The five dropout probabilities; the defaults are fastai's for a language model."""

    output_dropout: float = Field(0.1, ge=0, lt=1)
    hidden_dropout: float = Field(0.15, ge=0, lt=1)
    input_dropout: float = Field(0.25, ge=0, lt=1)
    embedding_dropout: float = Field(0.02, ge=0, lt=1)
    weight_dropout: float = Field(0.2, ge=0, lt=1)

    def scaled(self, multiplier: float) -> "Dropouts":
        """Return all five, multiplied.

        Raises:
            SettingsError: A product is not below 1.
        """
        return self.with_(**{name: value * multiplier for name, value in self})


LANGUAGE_MODEL_DROPOUTS = Dropouts()
CLASSIFIER_DROPOUTS = Dropouts(
    output_dropout=0.4,
    hidden_dropout=0.3,
    input_dropout=0.4,
    embedding_dropout=0.05,
    weight_dropout=0.5,
)
NO_DROPOUTS = LANGUAGE_MODEL_DROPOUTS.scaled(0)


class EncoderOutput(NamedTuple):
    """What an encoder returns.

    Shapes:
        raw: (B, T, E), the last layer's outputs; dropped: the same after output dropout.
    """

    raw: Tensor
    dropped: Tensor
    state: State


class AwdLstm(nn.Module):
    """The encoder shared by language model and classifier.

    Args:
        settings: Its size.
        vocabulary_size: Rows of the embedding, V.
        dropouts: The five probabilities, in effect in training mode only.

    Attributes:
        precision: What the large products are computed in, here and in a decoder upon it.
    """

    def __init__(
        self,
        settings: AwdLstmSettings,
        vocabulary_size: int,
        dropouts: Dropouts = NO_DROPOUTS,
    ) -> None:
        super().__init__()
        self.settings = settings
        self.dropouts = dropouts
        self.precision: Precision = "fp32"
        self.embedding = nn.Parameter(torch.empty(vocabulary_size, settings.embedding_size))
        nn.init.uniform_(self.embedding, -EMBEDDING_RANGE, EMBEDDING_RANGE)
        self.stack = RecurrentStack(settings.layer_sizes(), bidirectional=settings.bidirectional)

    def extra_repr(self) -> str:
        """Return what the layers do not tell of themselves."""
        return f"{self.settings!r}, {self.dropouts!r}"

    def reads_ragged(self, batch: int) -> bool:
        """Return whether so many documents are read faster without their padding."""
        if self.settings.bidirectional:
            return False
        return reads_ragged(self.embedding, self.settings.hidden_size, batch, self.precision)

    def initial_state(self, tokens: Tensor) -> State:
        """Return the state before a batch is read: zeros.

        Shapes:
            tokens: (B, T).
        """
        return self.stack.initial_state(self.embedding.new_empty(len(tokens), 1, 0))

    def forward(
        self,
        tokens: Tensor,
        state: State | None = None,
        *,
        lengths: Tensor | None = None,
        ragged: Ragged | None = None,
    ) -> EncoderOutput:
        """Read tokens.

        Args:
            tokens: The tokens.
            state: What reading left before.
            lengths: Steps that count in each row.
            ragged: Rows that take part in each step, where `reads_ragged`.

        Shapes:
            tokens: (B, T) int64; lengths: (B,).
        """
        drop = self.dropouts
        embedded = embed(tokens, self.embedding, drop.embedding_dropout, training=self.training)
        raw, new_state = self.stack(
            sequence_dropout(embedded, drop.input_dropout, training=self.training),
            state,
            lengths=lengths,
            hidden_dropout=drop.hidden_dropout,
            weight_dropout=drop.weight_dropout,
            precision=self.precision,
            ragged=ragged,
        )
        dropped = sequence_dropout(raw, drop.output_dropout, training=self.training)
        return EncoderOutput(raw, dropped, new_state)
