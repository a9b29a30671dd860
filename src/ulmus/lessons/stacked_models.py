"""LMModel5 to LMModel7: layers of torch upon each other, and the library's AWD-LSTM beside them.

The names are those of chapter 12 of the fast.ai book. All of them take tokens and a state, and
return the logits behind every word and the new state.
"""

from typing import Any

from torch import Tensor, nn
from torch.nn import functional as F

from ulmus.lessons.number_training import WordOutput
from ulmus.models.awd_lstm import AwdLstmSettings, Dropouts
from ulmus.models.language_model import LanguageModel, build_language_model

HIDDEN, LAYERS, DROPOUT = 64, 2, 0.4

SIZE = AwdLstmSettings(embedding_size=HIDDEN, hidden_size=HIDDEN, layer_count=LAYERS)
AWD_DROPOUTS = Dropouts(
    output_dropout=DROPOUT,
    hidden_dropout=0.2,
    input_dropout=0.2,
    embedding_dropout=0.05,
    weight_dropout=0.3,
)


class StackedModel(nn.Module):
    """An embedding, recurrent layers and a decoder.

    Args:
        vocabulary_size: Words, V.
        recurrent: torch's layers, batch first; embedding and decoder take their sizes.
    """

    def __init__(self, vocabulary_size: int, recurrent: nn.RNN | nn.LSTM | nn.GRU) -> None:
        super().__init__()
        self.embedding = nn.Embedding(vocabulary_size, recurrent.input_size)
        self.recurrent = recurrent
        self.decoder = nn.Linear(recurrent.hidden_size, vocabulary_size)

    def forward(self, tokens: Tensor, state: Any = None) -> WordOutput:
        """Return the logits behind every word, (B, T, V), and the state.

        Shapes:
            tokens: (B, T) int64; state: (L, B, H), twice for an LSTM.
        """
        outputs, new_state = self.recurrent(self.embedding(tokens), state)
        return WordOutput(self.decoder(outputs), new_state)


def lm_model5(vocabulary_size: int) -> StackedModel:
    """Return two plain recurrent layers, with tanh."""
    layers = nn.RNN(HIDDEN, HIDDEN, LAYERS, batch_first=True)
    return StackedModel(vocabulary_size, layers)


def lm_model6(vocabulary_size: int) -> StackedModel:
    """Return two LSTM layers."""
    layers = nn.LSTM(HIDDEN, HIDDEN, LAYERS, batch_first=True)
    return StackedModel(vocabulary_size, layers)


class LMModel7(nn.Module):
    """Two LSTM layers, dropout behind them, and a decoder whose weight is the embedding's.

    What regularizers look at is returned as well: the outputs before and after dropout.

    Args:
        vocabulary_size: Words, V.
        dropout: Share of the outputs that are dropped in training.
    """

    def __init__(self, vocabulary_size: int, dropout: float = DROPOUT) -> None:
        super().__init__()
        self.embedding = nn.Embedding(vocabulary_size, HIDDEN)
        self.recurrent = nn.LSTM(HIDDEN, HIDDEN, LAYERS, batch_first=True)
        self.dropout = nn.Dropout(dropout)
        self.decoder = nn.Linear(HIDDEN, vocabulary_size)
        self.decoder.weight = self.embedding.weight

    def forward(self, tokens: Tensor, state: tuple[Tensor, Tensor] | None = None) -> WordOutput:
        """Return the logits behind every word, (B, T, V), and the state.

        Shapes:
            tokens: (B, T) int64; state: (L, B, H) twice.
        """
        raw, new_state = self.recurrent(self.embedding(tokens), state)
        dropped = self.dropout(raw)
        return WordOutput(self.decoder(dropped), new_state, raw, dropped)


class LibraryModel(nn.Module):
    """The library's language model, with the return value of the lessons' models.

    Args:
        vocabulary_size: Words, V.
        settings: Its size.
        dropouts: The five probabilities.
    """

    def __init__(self, vocabulary_size: int, settings: AwdLstmSettings, dropouts: Dropouts) -> None:
        super().__init__()
        self.model: LanguageModel = build_language_model(settings, vocabulary_size, dropouts)

    def forward(self, tokens: Tensor, state: Any = None) -> WordOutput:
        """Return the logits behind every word, (B, T, V), and the state.

        Shapes:
            tokens: (B, T) int64.
        """
        encoder = self.model.encoder
        output = encoder(tokens, state)
        logits = F.linear(output.dropped, encoder.embedding, self.model.decoder_bias)
        return WordOutput(logits, output.state, output.raw, output.dropped)


def awd_lstm(vocabulary_size: int) -> LibraryModel:
    """Return the library's model with five dropouts, its embedding drawn as torch draws it.

    The library draws from -0.1 to 0.1, for vocabularies of thousands of words. With 30 words and a
    few hundred steps that is too timid: 0.70 against 0.88 after 12 epochs with output dropout.
    """
    model = LibraryModel(vocabulary_size, SIZE, AWD_DROPOUTS)
    nn.init.normal_(model.model.encoder.embedding)
    return model
