"""What models return."""

from typing import NamedTuple

from torch import Tensor

from ulmus.nn.recurrent_stack import State


class LanguageModelOutput(NamedTuple):
    """Logits for the next token after each position, and the state to go on with.

    Shapes:
        logits: (B, T, V).
    """

    logits: Tensor
    state: State


class LanguageModelLoss(NamedTuple):
    """A summed loss, with what regularizers look at.

    Shapes:
        total: (); raw, dropped: (B, T, E), the last layer's outputs before and after dropout.
    """

    total: Tensor
    raw: Tensor
    dropped: Tensor
    state: State
