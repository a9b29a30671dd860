"""An LSTM layer under the parameter names of `torch.nn.LSTM`; the arithmetic is `ulmus.nn.lstm`."""

from functools import partial

from torch import Tensor, nn

from ulmus.nn.lstm import LayerState, LstmLayer, run_directions, run_lstm

PARTS = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")


class NamedLstm(nn.Module):
    """One layer of one or two directions, whose weights are looked up anew at each call.

    Args:
        input_size: Features of the input, I.
        hidden_size: Features of the output of each direction, H.
        bidirectional: Whether a second direction reads the sequence from its end.
    """

    def __init__(self, input_size: int, hidden_size: int, *, bidirectional: bool = False) -> None:
        super().__init__()
        self.input_size, self.hidden_size = input_size, hidden_size
        self.bidirectional = bidirectional
        self._suffixes = ["_l0", "_l0_reverse"] if bidirectional else ["_l0"]
        # State dicts have the second direction's recurrent weight here, not at WeightDropout.
        self.also_dropped = [f"weight_hh{suffix}" for suffix in self._suffixes[1:]]
        layer = LstmLayer(input_size, hidden_size, bidirectional=bidirectional)
        for suffix, direction in zip(self._suffixes, layer.directions, strict=True):
            for name, parameter in direction.named_parameters():
                self.register_parameter(f"{name}{suffix}", parameter)

    def extra_repr(self) -> str:
        """Return the sizes."""
        return f"{self.input_size}, {self.hidden_size}, bidirectional={self.bidirectional}"

    def forward(self, inputs: Tensor, state: LayerState) -> tuple[Tensor, LayerState]:
        """Run over a whole sequence.

        Shapes:
            inputs: (B, T, I); returned: (B, T, D*H) and the new state.
        """
        directions = [
            partial(run_lstm, weights=self._weights(suffix), training=self.training)
            for suffix in self._suffixes
        ]
        return run_directions(inputs, state, directions)

    def _weights(self, suffix: str) -> list[Tensor]:
        return [getattr(self, f"{part}{suffix}") for part in PARTS]
