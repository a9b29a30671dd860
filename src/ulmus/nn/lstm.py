"""One LSTM layer, of one or two directions, whose recurrent weight can be dropped."""

from collections.abc import Callable, Sequence
from functools import partial

import torch
from torch import Tensor, nn

from ulmus.errors import SettingsError
from ulmus.nn.dropouts import drop_weight
from ulmus.nn.lstm_kernels import gains_by_bfloat16, reads_prepared
from ulmus.nn.precision import OPERANDS, Precision
from ulmus.nn.prepared import Prepared
from ulmus.nn.recurrence import PreparedLstm, Ragged, lstm_sequence

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
        self._prepared: Prepared[PreparedLstm] = Prepared()

    def forward(
        self,
        inputs: Tensor,
        hidden: Tensor,
        cell: Tensor,
        *,
        weight_dropout: float = 0.0,
        precision: Precision = "fp32",
        ragged: Ragged | None = None,
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Run over a whole sequence; with `ragged` on a CPU and in single precision only.

        Shapes:
            inputs: (B, T, I); hidden, cell: (1, B, H).

        Returns:
            The outputs (B, T, H) and the new hidden and cell state.
        """
        weights: list[Tensor] = [self.weight_ih, self.weight_hh, self.bias_ih, self.bias_hh]
        if not self.training and reads_prepared(inputs, self.weight_hh, precision, ragged):
            check_sizes(inputs, hidden, cell, weights)
            prepared = self._prepared.of(
                weights, precision, lambda: prepare_lstm(weights, precision)
            )
            rows = None if ragged is None else ragged.rows
            outputs, last, kept = prepared.read(inputs, hidden[0], cell[0], rows)
            return outputs, last[None], kept[None]
        self._prepared.drop()
        weights[1] = drop_weight(self.weight_hh, weight_dropout, training=self.training)
        if ragged is not None:
            state = (hidden, cell)
            return run_own_lstm(inputs, state, weights, precision, ragged=ragged)
        return run_lstm(inputs, hidden, cell, weights, training=self.training, precision=precision)


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
        precision: Precision = "fp32",
        ragged: Ragged | None = None,
    ) -> tuple[Tensor, LayerState]:
        """Run over a whole sequence.

        Shapes:
            inputs: (B, T, I); lengths: (B,), steps that count in each row, all where None.

        Returns:
            The outputs (B, T, D*H) and the new state. Outputs behind a row's length mean
            nothing, nor does the state of a row that is shorter than T. With `ragged`, which
            `reads_ragged` allows, the state is that of the rows that take part in the last step.
        """
        how = {"weight_dropout": weight_dropout, "precision": precision, "ragged": ragged}
        directions = [partial(direction, **how) for direction in self.directions]
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
    inputs: Tensor,
    hidden: Tensor,
    cell: Tensor,
    weights: Sequence[Tensor],
    *,
    training: bool,
    precision: Precision = "fp32",
) -> tuple[Tensor, Tensor, Tensor]:
    """Run one direction of one layer over a whole sequence.

    In fp32 the library's kernel is as fast as our own function, in bf16 half as fast.

    Args:
        inputs: The sequence.
        hidden: The hidden state before it.
        cell: The cell state before it.
        weights: weight_ih, weight_hh, bias_ih and bias_hh.
        training: Whether the kernel has to keep what the backward pass needs.
        precision: What the products are computed in; layers that are too small to gain by
            bf16 stay in fp32.

    Shapes:
        inputs: (B, T, I); hidden, cell: (1, B, H).

    Returns:
        The outputs (B, T, H) and the new hidden and cell state.

    Raises:
        SettingsError: Inputs or a state of other sizes.
    """
    check_sizes(inputs, hidden, cell, weights)
    if gains_by_bfloat16(inputs, weights[1], precision):
        if inputs.device.type == "cpu":
            return run_own_lstm(inputs, (hidden, cell), weights, precision)
        # cuDNN wants all of one type: there the state is carried in bf16 within a call.
        read, seen, held, *rounded = (
            each.to(OPERANDS[precision]) for each in (inputs, hidden, cell, *weights)
        )
        outputs, last, kept = _library_lstm(read, seen, held, rounded, training=training)
        return outputs.float(), last.float(), kept.float()
    return _library_lstm(inputs, hidden, cell, weights, training=training)


def run_own_lstm(
    inputs: Tensor,
    state: LayerState,
    weights: Sequence[Tensor],
    precision: Precision,
    *,
    ragged: Ragged | None = None,
) -> tuple[Tensor, Tensor, Tensor]:
    """Run one direction as `run_lstm` does, by our own function, on a CPU."""
    weight_ih, weight_hh, bias_ih, bias_hh = weights
    given = (weight_ih, weight_hh, bias_ih + bias_hh)
    before = (state[0][0], state[1][0])
    outputs, last, kept = lstm_sequence(inputs, before, given, OPERANDS[precision], ragged=ragged)
    return outputs, last[None], kept[None]


def prepare_lstm(weights: Sequence[Tensor], precision: Precision) -> PreparedLstm:
    """Return a direction's weights as its steps read them."""
    weight_ih, weight_hh, bias_ih, bias_hh = weights
    return PreparedLstm.of(weight_ih, weight_hh, bias_ih + bias_hh, OPERANDS[precision])


def _library_lstm(
    inputs: Tensor, hidden: Tensor, cell: Tensor, weights: Sequence[Tensor], *, training: bool
) -> tuple[Tensor, Tensor, Tensor]:
    if inputs.device.type == "cuda":
        weights = _in_one_piece(weights)
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


def _in_one_piece(weights: Sequence[Tensor]) -> list[Tensor]:
    """Return the weights one behind the other in memory, where cuDNN wants them.

    It would put them there itself, with a warning, in a copy for each.
    """
    joined = torch.cat([weight.reshape(-1) for weight in weights])
    parts = joined.split([weight.numel() for weight in weights])
    return [part.view(weight.shape) for part, weight in zip(parts, weights, strict=True)]


def check_sizes(inputs: Tensor, hidden: Tensor, cell: Tensor, weights: Sequence[Tensor]) -> None:
    """Refuse inputs or a state of other sizes.

    Raises:
        SettingsError: They do not fit the weights or each other.
    """
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
