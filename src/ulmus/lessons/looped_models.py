"""LMModel1 to LMModel4: a recurrent network as a loop over words, built up step by step.

The names are those of chapter 12 of the fast.ai book.
"""

import torch
from torch import Tensor, nn

from ulmus.lessons.number_training import WordOutput

HIDDEN = 64


class Layers(nn.Module):
    """The three layers that all four models share.

    Args:
        vocabulary_size: Words, V.
        hidden_size: Features of the state, H.
    """

    def __init__(self, vocabulary_size: int, hidden_size: int = HIDDEN) -> None:
        super().__init__()
        self.embedding = nn.Embedding(vocabulary_size, hidden_size)
        self.recurrent = nn.Linear(hidden_size, hidden_size)
        self.decoder = nn.Linear(hidden_size, vocabulary_size)


class LMModel1(nn.Module):
    """Three words in, the fourth out, every step written out."""

    def __init__(self, vocabulary_size: int) -> None:
        super().__init__()
        self.layers = Layers(vocabulary_size)

    def forward(self, tokens: Tensor, _state: None = None) -> WordOutput:
        """Return the logits of the fourth word.

        Shapes:
            tokens: (B, 3) int64.
        """
        layers = self.layers
        first, second, third = layers.embedding(tokens).unbind(1)  # (B, H) each
        hidden = layers.recurrent(first).relu()
        hidden = layers.recurrent(hidden + second).relu()
        hidden = layers.recurrent(hidden + third).relu()
        return WordOutput(layers.decoder(hidden))


class LMModel2(nn.Module):
    """The same as a loop: a recurrent network, for windows of any length."""

    def __init__(self, vocabulary_size: int) -> None:
        super().__init__()
        self.layers = Layers(vocabulary_size)

    def forward(self, tokens: Tensor, _state: None = None) -> WordOutput:
        """Return the logits of the word behind the window.

        Shapes:
            tokens: (B, T) int64.
        """
        hidden = torch.zeros(())
        for embedded in self.layers.embedding(tokens).unbind(1):
            hidden = self.layers.recurrent(hidden + embedded).relu()
        return WordOutput(self.layers.decoder(hidden))


class LMModel3(nn.Module):
    """Begins where it ended: the state is given and returned.

    In the book the model itself keeps and detaches it. Here whoever trains does, so that one model
    may read two texts at the same time.
    """

    def __init__(self, vocabulary_size: int) -> None:
        super().__init__()
        self.layers = Layers(vocabulary_size)

    def forward(self, tokens: Tensor, state: Tensor | None = None) -> WordOutput:
        """Return the logits of the word behind the window, and the state.

        Shapes:
            tokens: (B, T) int64; state: (B, H).
        """
        hidden = torch.zeros(()) if state is None else state
        for embedded in self.layers.embedding(tokens).unbind(1):
            hidden = self.layers.recurrent(hidden + embedded).relu()
        return WordOutput(self.layers.decoder(hidden), hidden)


class LMModel4(nn.Module):
    """Predicts behind every word, not behind the last one only: more to learn from."""

    def __init__(self, vocabulary_size: int) -> None:
        super().__init__()
        self.layers = Layers(vocabulary_size)

    def forward(self, tokens: Tensor, state: Tensor | None = None) -> WordOutput:
        """Return logits (B, T, V) and the state.

        Shapes:
            tokens: (B, T) int64; state: (B, H).
        """
        hidden = torch.zeros(()) if state is None else state
        outputs = []
        for embedded in self.layers.embedding(tokens).unbind(1):
            hidden = self.layers.recurrent(hidden + embedded).relu()
            outputs.append(hidden)
        return WordOutput(self.layers.decoder(torch.stack(outputs, 1)), hidden)
