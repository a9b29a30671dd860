"""One LSTM layer, of one or two directions, whose recurrent weight can be dropped."""

import torch
from torch import Tensor, nn

from ulmus.nn.dropouts import drop_weight

LayerState = tuple[Tensor, Tensor]
"""Hidden and cell state of a layer, each (D, B, H), where D is the number of directions."""


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
        result: tuple[Tensor, Tensor, Tensor] = torch.lstm(
            inputs,
            (hidden, cell),
            weights,
            has_biases=True,
            num_layers=1,
            dropout=0.0,
            train=self.training,
            bidirectional=False,
            batch_first=True,
        )
        return result


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
        hidden, cell = state if state is not None else self.initial_state(inputs)
        outputs, hiddens, cells = [], [], []
        for index, direction in enumerate(self.directions):
            order = _reversal(inputs, lengths) if index else None
            read = inputs if order is None else _reordered(inputs, order)
            out, h, c = direction(
                read,
                hidden[index : index + 1].contiguous(),
                cell[index : index + 1].contiguous(),
                weight_dropout,
            )
            outputs.append(out if order is None else _reordered(out, order))
            hiddens.append(h)
            cells.append(c)
        if len(outputs) == 1:
            return outputs[0], (hiddens[0], cells[0])
        return torch.cat(outputs, -1), (torch.cat(hiddens), torch.cat(cells))

    def initial_state(self, inputs: Tensor) -> LayerState:
        """Return zeros that fit a batch.

        Shapes:
            inputs: (B, T, I).
        """
        zeros = inputs.new_zeros(len(self.directions), inputs.shape[0], self.hidden_size)
        return zeros, zeros


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
