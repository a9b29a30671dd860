"""`torch.nn.LSTM` with the weights of a layer under test."""

from torch import Tensor, nn

from ulmus.nn.lstm import LstmLayer

NAMES = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")


def reference_lstm(layer: LstmLayer) -> nn.LSTM:
    """Return torch's layer with the same weights, in the same type and mode."""
    first = layer.directions[0].weight_ih
    lstm = nn.LSTM(
        first.shape[1],
        layer.hidden_size,
        batch_first=True,
        bidirectional=len(layer.directions) == 2,
    )
    lstm.to(first.dtype).train(layer.training)
    for given, wanted in zip(parameters(layer), lstm.parameters(), strict=True):
        wanted.data.copy_(given.data)
    return lstm


def parameters(layer: LstmLayer) -> list[Tensor]:
    """Return a layer's weights in the order of torch's."""
    return [getattr(direction, name) for direction in layer.directions for name in NAMES]
