"""A recurrent network of characters from scratch: parameters, state, steps and prediction.

The axes are those of the D2L book: steps come before the batch.
"""

from collections.abc import Callable, Iterable
from typing import NamedTuple, Protocol, Self

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ulmus.lessons.wells import CharacterText

SCALE = 0.01
"""Deviation of the first weights."""

State = tuple[Tensor, ...]
"""The state, a tuple so that networks with more than one fit."""


class CharacterModel(Protocol):
    """What is trained and asked."""

    def parameters(self) -> Iterable[Tensor]:
        """Return what is learned."""
        ...

    def first_state(self, batch: int) -> State:
        """Return the state before anything is read."""
        ...

    def __call__(self, tokens: Tensor, state: State) -> tuple[Tensor, State]:
        """Return the logits behind every character, (T * B, V), and the state."""
        ...


class Parameters(NamedTuple):
    """All that is learned.

    Shapes:
        from_input: (V, H); from_state: (H, H); hidden_bias: (H,); to_output: (H, V);
        output_bias: (V,).
    """

    from_input: Tensor
    from_state: Tensor
    hidden_bias: Tensor
    to_output: Tensor
    output_bias: Tensor

    @classmethod
    def drawn(cls, vocabulary_size: int, hidden_size: int) -> Self:
        """Return weights drawn with deviation 0.01, and biases of 0."""

        def normal(*shape: int) -> Tensor:
            return (SCALE * torch.randn(shape)).requires_grad_()

        def zeros(size: int) -> Tensor:
            return torch.zeros(size, requires_grad=True)

        return cls(
            normal(vocabulary_size, hidden_size),
            normal(hidden_size, hidden_size),
            zeros(hidden_size),
            normal(hidden_size, vocabulary_size),
            zeros(vocabulary_size),
        )


def rnn(
    inputs: Tensor,
    state: State,
    parameters: Parameters,
    activation: Callable[[Tensor], Tensor] = torch.tanh,
) -> tuple[Tensor, State]:
    """Walk along a sequence, and say behind every step what comes next.

    Args:
        inputs: One-hot characters.
        state: What was read before.
        parameters: The weights.
        activation: Between the sum and the new state.

    Shapes:
        inputs: (T, B, V); state: one of (B, H); returned: logits (T * B, V), and the state.
    """
    (hidden,) = state
    outputs = []
    for step in inputs:
        entered = step @ parameters.from_input + hidden @ parameters.from_state
        hidden = activation(entered + parameters.hidden_bias)  # (B, H)
        outputs.append(hidden @ parameters.to_output + parameters.output_bias)
    return torch.cat(outputs), (hidden,)


class FromScratch:
    """The network by hand.

    Args:
        vocabulary_size: Characters, V.
        hidden_size: Features of the state, H.
        activation: Between the sum and the new state.
    """

    def __init__(
        self,
        vocabulary_size: int,
        hidden_size: int,
        activation: Callable[[Tensor], Tensor] = torch.tanh,
    ) -> None:
        self.weights = Parameters.drawn(vocabulary_size, hidden_size)
        self.activation = activation

    def parameters(self) -> Iterable[Tensor]:
        """Return what is learned."""
        return self.weights

    def first_state(self, batch: int) -> State:
        """Return zeros."""
        return (torch.zeros(batch, len(self.weights.from_state)),)

    def __call__(self, tokens: Tensor, state: State) -> tuple[Tensor, State]:
        """Return the logits behind every character, and the state.

        Shapes:
            tokens: (B, T) int64; returned: (T * B, V).
        """
        inputs = F.one_hot(tokens.t(), len(self.weights.from_input)).float()  # (T, B, V)
        # Copies: an update in place must not reach what a gradient through earlier batches needs.
        weights = Parameters(*(weight.clone() for weight in self.weights))
        return rnn(inputs, state, weights, self.activation)


class WithTorch(nn.Module):
    """The same with torch's layer, which walks the sequence in one call.

    Args:
        vocabulary_size: Characters, V.
        hidden_size: Features of the state, H.
    """

    def __init__(self, vocabulary_size: int, hidden_size: int) -> None:
        super().__init__()
        self.layer = nn.RNN(vocabulary_size, hidden_size)
        self.decoder = nn.Linear(hidden_size, vocabulary_size)

    def first_state(self, batch: int) -> State:
        """Return zeros."""
        return (torch.zeros(1, batch, self.layer.hidden_size),)

    def forward(self, tokens: Tensor, state: State) -> tuple[Tensor, State]:
        """Return the logits behind every character, and the state.

        Shapes:
            tokens: (B, T) int64; returned: (T * B, V).
        """
        inputs = F.one_hot(tokens.t(), self.layer.input_size).float()  # (T, B, V)
        outputs, hidden = self.layer(inputs, state[0])
        return self.decoder(outputs.flatten(0, 1)), (hidden,)


@torch.inference_mode()
def continued(model: CharacterModel, text: CharacterText, prefix: str, count: int) -> str:
    """Continue a prefix by the most probable character, again and again.

    The prefix is read first, for the state alone: the warm-up.
    """
    ids = text.encoded(prefix)
    state = model.first_state(1)
    read = torch.tensor([ids])
    for _ in range(count):
        logits, state = model(read, state)
        ids.append(int(logits[-1].argmax()))
        read = torch.tensor([ids[-1:]])
    return text.decoded(ids)
