"""A language model: an encoder whose embedding, turned round, is the decoder."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ulmus.errors import SettingsError
from ulmus.models.awd_lstm import NO_DROPOUTS, AwdLstm, AwdLstmSettings, Dropouts
from ulmus.models.outputs import LanguageModelLoss, LanguageModelOutput
from ulmus.nn.losses import linear_cross_entropy
from ulmus.nn.precision import OPERANDS
from ulmus.nn.prepared import Prepared
from ulmus.nn.products import Weight
from ulmus.nn.recording import Recorder
from ulmus.nn.recurrent_stack import State
from ulmus.nn.sampled_words import WordSampler
from ulmus.shortage import TokenBudget


class LanguageModel(nn.Module):
    """Predicts the next token; the decoder's weight is tied to the embedding, plus a bias.

    Args:
        encoder: Reads the tokens.

    Attributes:
        recorder: While it learns on a GPU: reads batches in place of the encoder.
        budget: How many tokens are learned from at once.
    """

    def __init__(self, encoder: AwdLstm) -> None:
        super().__init__()
        self.encoder = encoder
        self.decoder_bias = nn.Parameter(torch.zeros(len(encoder.embedding)))
        self.recorder: Recorder | None = None
        self.budget = TokenBudget()
        self._prepared: Prepared[Weight] = Prepared()

    @property
    def vocabulary_size(self) -> int:
        """Rows of the embedding, V."""
        return len(self.encoder.embedding)

    def forward(self, tokens: Tensor, state: State | None = None) -> LanguageModelOutput:
        """Return the logits after every position.

        Shapes:
            tokens: (B, T) int64.
        """
        if torch.is_grad_enabled():
            self._prepared.drop()
        output = self.encoder(tokens, state)
        logits = F.linear(output.dropped, self.encoder.embedding, self.decoder_bias)
        return LanguageModelOutput(logits, output.state)

    def last_logits(self, tokens: Tensor, state: State | None = None) -> tuple[Tensor, State]:
        """Return the logits after the last position only, (B, V), and the state.

        Shapes:
            tokens: (B, T) int64.
        """
        output = self.encoder(tokens, state)
        return self._decoded(output.dropped[:, -1]), output.state

    def loss_sum(
        self,
        tokens: Tensor,
        targets: Tensor,
        state: State | None = None,
        *,
        sampler: WordSampler | None = None,
    ) -> LanguageModelLoss:
        """Return the summed cross-entropy in nats, without ever holding all logits.

        Args:
            tokens: What is read.
            targets: What is to be predicted; those of -100 are not counted.
            state: What was read before.
            sampler: Draws the words among which each target is told; None: it is among all.

        Shapes:
            tokens, targets: (B, T) int64.
        """
        if torch.is_grad_enabled():
            self._prepared.drop()
        if self.recorder is not None and self.training:
            output = self.recorder.read(self.encoder, tokens, state)
        else:
            output = self.encoder(tokens, state)
        weight: Tensor = self.encoder.embedding
        bias: Tensor = self.decoder_bias
        flat = targets.flatten()
        if sampler is not None:
            ids, log_chances, flat = sampler.candidates(flat)
            weight, bias = weight.index_select(0, ids), bias.index_select(0, ids) - log_chances
        total = linear_cross_entropy(
            output.dropped.flatten(0, 1), weight, bias, flat, precision=self.encoder.precision
        )
        return LanguageModelLoss(total, output.raw, output.dropped, output.state)

    def _decoded(self, rows: Tensor) -> Tensor:
        """Return the logits of rows, (B, E), in single precision at least."""
        weight, bias = self.encoder.embedding, self.decoder_bias
        if torch.is_grad_enabled() or rows.device.type != "cpu" or rows.dtype != torch.float32:
            self._prepared.drop()
            return F.linear(rows, weight, bias)
        operand = OPERANDS[self.encoder.precision]
        decoder = self._prepared.of([weight], operand, lambda: Weight(weight.to(operand)))
        return decoder(rows.to(operand), bias.to(operand)).float()

    def layer_groups(self) -> list[list[nn.Parameter]]:
        """Return the parameters in groups from input to output.

        One group an LSTM layer; embedding and decoder, which are tied, make the last.
        """
        layers = [list(layer.parameters()) for layer in self.encoder.stack.layers]
        return [*layers, [self.encoder.embedding, self.decoder_bias]]


def build_language_model(
    settings: AwdLstmSettings, vocabulary_size: int, dropouts: Dropouts = NO_DROPOUTS
) -> LanguageModel:
    """Return a freshly initialised language model.

    Raises:
        SettingsError: The encoder is bidirectional, and so would see the token it predicts.
    """
    if settings.bidirectional:
        raise SettingsError(
            "a language model that reads in both directions sees what it should predict",
            given="bidirectional = true",
            accepted="bidirectional = false",
            remedy="Train a forward and a backward model instead",
        )
    return LanguageModel(AwdLstm(settings, vocabulary_size, dropouts))
