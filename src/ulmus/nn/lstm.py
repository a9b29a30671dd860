"""One LSTM layer, of one or two directions, whose recurrent weight can be dropped."""

from collections.abc import Callable, Sequence
from functools import partial

import torch
from torch import Tensor, nn

from ulmus.errors import SettingsError
from ulmus.nn.dropouts import drop_weight

LayerState = tuple[Tensor, Tensor]
"""Hidden and cell state of a layer, each (D, B, H), where D is the number of directions."""

Direction = Callable[[Tensor, Tensor, Tensor], tuple[Tensor, Tensor, Tensor]]
"""Maps inputs, hidden and cell state to outputs and the new hidden and cell state."""


class LstmDirection(nn.Module):
    """The weights of one direction, laid out as in `torch.nn.LSTM` (gates i, f, g, o).

    Args:
        input_size: Features of the input, I.
        hidden_size: Features of the output, H.
    """

    def __init__(self, input_size: int, hidden_size: int) -> None:
        super().__init__()
        self.weight_ih = nn.Parameter(torch.empty(4 * hidden_size, input_size))
        self.weight_hh = nn.Parameter(torch.empty(4 * hidden_size, hidden_size))
        self.bias_ih = nn.Parameter(torch.empty(4 * hidden_size))
        self.bias_hh = nn.Parameter(torch.empty(4 * hidden_size))
        for parameter in self.parameters():
            nn.init.uniform_(parameter, -(hidden_size**-0.5), hidden_size**-0.5)

    def forward(
        self, inputs: Tensor, hidden: Tensor, cell: Tensor, weight_dropout: float
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Run over a whole sequence.

        Shapes:
            inputs: (B, T, I); hidden, cell: (1, B, H).

        Returns:
            The outputs (B, T, H) and the new hidden and cell state.
        """
        dropped = drop_weight(self.weight_hh, weight_dropout, training=self.training)
        weights = [self.weight_ih, dropped, self.bias_ih, self.bias_hh]
        return run_lstm(inputs, hidden, cell, weights, training=self.training)


class LstmLayer(nn.Module):
    """An LSTM layer; both directions drop their recurrent weight.

    Args:
        input_size: Features of the input, I.
        hidden_size: Features of the output of each direction, H.
        bidirectional: Whether a second direction reads the sequence from its end.
    """

    def __init__(self, input_size: int, hidden_size: int, *, bidirectional: bool = False) -> None:
        super().__init__()
        count = 2 if bidirectional else 1
        self.hidden_size = hidden_size
        self.directions = nn.ModuleList(
            LstmDirection(input_size, hidden_size) for _ in range(count)
        )

    def forward(
        self,
        inputs: Tensor,
        state: LayerState | None = None,
        *,
        lengths: Tensor | None = None,
        weight_dropout: float = 0.0,
    ) -> tuple[Tensor, LayerState]:
        """Run over a whole sequence.

        Shapes:
            inputs: (B, T, I); lengths: (B,), steps that count in each row, all where None.

        Returns:
            The outputs (B, T, D*H) and the new state. Outputs behind a row's length mean
            nothing, nor does the state of a row that is shorter than T.
        """
        directions = [partial(d, weight_dropout=weight_dropout) for d in self.directions]
        given = state if state is not None else self.initial_state(inputs)
        return run_directions(inputs, given, directions, lengths=lengths)

    def initial_state(self, inputs: Tensor) -> LayerState:
        """Return zeros that fit a batch.

        Shapes:
            inputs: (B, T, I).
        """
        zeros = inputs.new_zeros(len(self.directions), inputs.shape[0], self.hidden_size)
        return zeros, zeros


def run_lstm(
    inputs: Tensor, hidden: Tensor, cell: Tensor, weights: Sequence[Tensor], *, training: bool
) -> tuple[Tensor, Tensor, Tensor]:
    """Run one direction of one layer over a whole sequence with the library's kernel.

    Args:
        inputs: The sequence.
        hidden: The hidden state before it.
        cell: The cell state before it.
        weights: weight_ih, weight_hh, bias_ih and bias_hh.
        training: Whether the kernel has to keep what the backward pass needs.

    Shapes:
        inputs: (B, T, I); hidden, cell: (1, B, H).

    Returns:
        The outputs (B, T, H) and the new hidden and cell state.

    Raises:
        SettingsError: Inputs or a state of other sizes.
    """
    _check_sizes(inputs, hidden, cell, weights)
    if inputs.shape[1] == 1 and not torch.is_grad_enabled():
        # The sequence kernel rearranges its weights at each call. Measured for one step of the
        # compact layers on one core: 0.6 ms here, 1.7 there; for 16 rows 1.4 and 2.1.
        step, kept = torch.lstm_cell(inputs[:, 0], (hidden[0], cell[0]), *weights)
        return step[:, None], step[None], kept[None]
    result: tuple[Tensor, Tensor, Tensor] = torch.lstm(
        inputs,
        (hidden, cell),
        list(weights),
        has_biases=True,
        num_layers=1,
        dropout=0.0,
        train=training,
        bidirectional=False,
        batch_first=True,
    )
    return result


def _check_sizes(inputs: Tensor, hidden: Tensor, cell: Tensor, weights: Sequence[Tensor]) -> None:
    # On a CPU the kernel checks nothing: it reads what lies beyond, or brings the process down.
    features, state = weights[0].shape[1], (1, inputs.shape[0], weights[1].shape[1])
    if inputs.shape[2:] != (features,) or hidden.shape != state or cell.shape != state:
        sizes = ", ".join(str(tuple(each.shape)) for each in (inputs, hidden, cell))
        raise SettingsError(
            "inputs, hidden and cell state of sizes that do not fit the layer or each other",
            given=sizes,
            accepted=f"({inputs.shape[0]}, steps, {features}) and twice {state}",
            remedy="Give the state that the same model returned for a batch of the same size",
        )


def run_directions(
    inputs: Tensor,
    state: LayerState,
    directions: Sequence[Direction],
    *,
    lengths: Tensor | None = None,
) -> tuple[Tensor, LayerState]:
    """Run the directions of a layer; the second reads each row from its end.

    Shapes:
        inputs: (B, T, I); lengths: (B,), see `LstmLayer`; returned: (B, T, D*H) and the state.
    """
    hidden, cell = state
    outputs, hiddens, cells = [], [], []
    for index, direction in enumerate(directions):
        order = _reversal(inputs, lengths) if index else None
        read = inputs if order is None else _reordered(inputs, order)
        rows = slice(index, index + 1)
        out, h, c = direction(read, hidden[rows].contiguous(), cell[rows].contiguous())
        outputs.append(out if order is None else _reordered(out, order))
        hiddens.append(h)
        cells.append(c)
    if len(outputs) == 1:
        return outputs[0], (hiddens[0], cells[0])
    return torch.cat(outputs, -1), (torch.cat(hiddens), torch.cat(cells))


def _reversal(inputs: Tensor, lengths: Tensor | None) -> Tensor:
    """Index (B, T) that reverses each row within its length; its own inverse."""
    batch, steps = inputs.shape[:2]
    position = torch.arange(steps, device=inputs.device).expand(batch, steps)
    if lengths is None:
        return position.flip(1)
    last = lengths[:, None] - 1
    return torch.where(position <= last, last - position, position)


def _reordered(values: Tensor, order: Tensor) -> Tensor:
    return values.gather(1, order[..., None].expand(-1, -1, values.shape[2]))
