"""What recurrent layers computed on the way: outputs, gates and states, layer by layer.

Kernels return outputs and nothing else. A gate follows from the input of a step and the output of
the step before, so all gates of a sequence are one product; the cell state follows from the gates.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from ulmus.nn.lstm import LstmDirection

UNIT, SIGNED, WIDE = (0.0, 1.0), (-1.0, 1.0), (-4.0, 4.0)
"""Where gates, outputs behind a tanh, and sums of them lie."""


class Activation(NamedTuple):
    """Some values that a layer computed.

    Attributes:
        name: What they are: output, forget gate and so on, behind the layer's name.
        values: The values.
        span: Where they lie, or nearly all of them.

    Shapes:
        values: (B, T, H).
    """

    name: str
    values: Tensor
    span: tuple[float, float]


class LayerCall(NamedTuple):
    """One layer's weights and what it read and gave.

    Shapes:
        inputs: (B, T, I); hidden, cell: (B, H), before the first step; outputs: (B, T, H);
        weights: weight_ih, weight_hh, bias_ih and bias_hh, as torch has them.
    """

    inputs: Tensor
    hidden: Tensor
    cell: Tensor | None
    outputs: Tensor
    weights: Sequence[Tensor]


def lstm_activations(name: str, call: LayerCall) -> Iterator[Activation]:
    """Yield outputs, gates and cell state of an LSTM layer.

    A weight that was dropped is seen as it is, so in training with weight dropout gates are those
    of the whole weight.
    """
    weight_ih, weight_hh, bias_ih, bias_hh = call.weights
    given = torch.nn.functional.linear(call.inputs, weight_ih, bias_ih + bias_hh)
    gates = given + torch.nn.functional.linear(_before(call), weight_hh)  # (B, T, 4H)
    enter, keep, candidate, leave = gates.chunk(4, 2)
    enter, keep, leave = enter.sigmoid(), keep.sigmoid(), leave.sigmoid()
    candidate = candidate.tanh()
    cell = torch.zeros_like(call.hidden) if call.cell is None else call.cell
    cells = []
    for kept, added in zip(keep.unbind(1), (enter * candidate).unbind(1), strict=True):
        cell = kept * cell + added
        cells.append(cell)
    yield Activation(f"{name}: output", call.outputs, SIGNED)
    yield Activation(f"{name}: cell state", torch.stack(cells, 1), WIDE)
    yield Activation(f"{name}: input gate", enter, UNIT)
    yield Activation(f"{name}: forget gate", keep, UNIT)
    yield Activation(f"{name}: candidate", candidate, SIGNED)
    yield Activation(f"{name}: output gate", leave, UNIT)


def gru_activations(name: str, call: LayerCall) -> Iterator[Activation]:
    """Yield outputs and gates of a GRU layer."""
    weight_ih, weight_hh, bias_ih, bias_hh = call.weights
    given = torch.nn.functional.linear(call.inputs, weight_ih, bias_ih).chunk(3, 2)
    known = torch.nn.functional.linear(_before(call), weight_hh, bias_hh).chunk(3, 2)
    reset = (given[0] + known[0]).sigmoid()
    yield Activation(f"{name}: output", call.outputs, SIGNED)
    yield Activation(f"{name}: reset gate", reset, UNIT)
    yield Activation(f"{name}: update gate", (given[1] + known[1]).sigmoid(), UNIT)
    yield Activation(f"{name}: candidate", (given[2] + reset * known[2]).tanh(), SIGNED)


def plain_activations(name: str, call: LayerCall) -> Iterator[Activation]:
    """Yield the outputs of a plain recurrent layer with tanh."""
    yield Activation(f"{name}: output", call.outputs, SIGNED)


def relu_activations(name: str, call: LayerCall) -> Iterator[Activation]:
    """Yield the outputs of a plain recurrent layer with ReLU."""
    yield Activation(f"{name}: output", call.outputs, WIDE)


def _before(call: LayerCall) -> Tensor:
    """Return the output of the step before each step: (B, T, H)."""
    return torch.cat([call.hidden[:, None], call.outputs[:, :-1]], 1)


def direction_activations(
    name: str, module: LstmDirection, given: Sequence[Tensor], made: Sequence[Tensor]
) -> Iterator[Activation]:
    """Yield what a direction of the library's LSTM layer computed.

    Args:
        name: The layer's name.
        module: The direction.
        given: What it was called with: inputs, hidden and cell state.
        made: What it returned, outputs first.
    """
    inputs, hidden, cell = given[:3]
    weights = [module.weight_ih, module.weight_hh, module.bias_ih, module.bias_hh]
    yield from lstm_activations(name, LayerCall(inputs, hidden[0], cell[0], made[0], weights))


class _Kind(NamedTuple):
    """How a layer of torch is run alone, and what is to be seen of it."""

    run: Callable[..., tuple[Tensor, ...]]
    activations: Callable[[str, LayerCall], Iterator[Activation]]


KINDS = {
    "LSTM": _Kind(torch.lstm, lstm_activations),
    "GRU": _Kind(torch.gru, gru_activations),
    "RNN_TANH": _Kind(torch.rnn_tanh, plain_activations),
    "RNN_RELU": _Kind(torch.rnn_relu, relu_activations),
}


def torch_activations(name: str, module: nn.RNNBase, given: Sequence[Any]) -> Iterator[Activation]:
    """Yield what each layer of `torch.nn.RNN`, `LSTM` or `GRU` computed, by running it again.

    Layers of two directions or with projections, and packed sequences, are passed over. Dropout
    between layers is left out: what is seen is what the layers give without it.

    Args:
        name: The module's name.
        module: The layers.
        given: What they were called with: inputs, and a state if there was one.
    """
    inputs = given[0]
    unusual = module.bidirectional or module.proj_size
    if unusual or not isinstance(inputs, Tensor) or inputs.ndim != 3:
        return
    outputs = inputs if module.batch_first else inputs.transpose(0, 1)  # (B, T, I)
    state = given[1] if len(given) > 1 else None
    states = list(state) if isinstance(state, tuple | list) else [state]
    kind = KINDS[module.mode]
    for layer in range(module.num_layers):
        own = [_state_of(part, layer, outputs, module.hidden_size) for part in states]
        hx = (own[0], own[-1]) if module.mode == "LSTM" else own[0]
        weights = module.all_weights[layer]
        how = (bool(module.bias), 1, 0.0, False, False, True)
        made = kind.run(outputs, hx, weights, *how)[0]
        call = LayerCall(outputs, own[0][0], own[-1][0], made, _with_biases(weights))
        yield from kind.activations(f"{name} layer {layer + 1}", call)
        outputs = made


def _state_of(state: Tensor | None, layer: int, like: Tensor, size: int) -> Tensor:
    """Return a layer's part of a state, (1, B, H); zeros where there is none."""
    if state is None:
        return like.new_zeros(1, like.shape[0], size)
    return state[layer : layer + 1].contiguous()


def _with_biases(weights: Sequence[Tensor]) -> list[Tensor]:
    none = weights[0].new_zeros(len(weights[0]))
    return [*weights, none, none][:4]
