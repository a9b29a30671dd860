"""On a GPU: an encoder's kernels, recorded once and then replayed batch after batch.

A recurrent layer launches thousands of small kernels one after the other, and it takes Python
longer to launch them than a GPU to run them. Launched all at once, they follow upon each other:
an H100 went through steps of 64 rows and 72 tokens three times as fast (ARCHITECTURE.md).
"""

import warnings
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from ulmus.nn.recurrent_stack import State, detach_state


class _Kind(NamedTuple):
    """What a recording holds for, beside a shape."""

    weights: tuple[tuple[int, bool], ...]  # where each lies, and whether it learns
    precision: str
    dropouts: Any


class Recorder:
    """Reads batches of training as an encoder does, by what it recorded with the largest so far.

    Smaller ones, as the last of an epoch may be, are read by the encoder itself, and so are all
    while hooks listen, which would not hear of a replay. What is returned is written over by the
    next batch: there may be one to a backward pass. When a recording is made, nothing may be left
    of the graph of the batch before, whose nodes belong to another stream.
    """

    def __init__(self) -> None:
        self._kind: _Kind | None = None
        self._shape = torch.Size([0])
        self._replay: Any = None

    def read(self, encoder: Any, tokens: Tensor, state: State | None) -> Any:
        """Return what the encoder would.

        Shapes:
            tokens: (B, T) int64.
        """
        if any(module._forward_hooks for module in encoder.modules()):
            return encoder(tokens, state)
        weights = tuple((each.data_ptr(), each.requires_grad) for each in encoder.parameters())
        kind = _Kind(weights, encoder.precision, encoder.dropouts)
        if kind != self._kind or tokens.numel() > self._shape.numel():
            self._replay = None  # first, so that its memory is free
            self._kind, self._shape = kind, tokens.shape
            self._replay = _record(encoder, tokens)
        if tokens.shape != self._shape:
            return encoder(tokens, state)
        return self._replay(tokens, state if state is not None else encoder.initial_state(tokens))


class _Recorded(nn.Module):
    """An encoder whose new state is cut from the graph that made it: nothing learns through it."""

    def __init__(self, encoder: nn.Module) -> None:
        super().__init__()
        self.encoder = encoder

    def forward(self, tokens: Tensor, state: State) -> Any:
        output = self.encoder(tokens, state)
        return output._replace(state=detach_state(output.state))


def _record(encoder: Any, tokens: Tensor) -> Any:
    # What is given here is kept and written over by each replay: it must be nobody else's.
    state = tuple((hidden.clone(), cell.clone()) for hidden, cell in encoder.initial_state(tokens))
    given: Any = (tokens.clone(), state)
    with warnings.catch_warnings():
        # torch's own warming up runs on another stream than its recording, of which it warns.
        warnings.filterwarnings("ignore", "The AccumulateGrad node's stream")
        return torch.cuda.make_graphed_callables(_Recorded(encoder), given, allow_unused_input=True)
