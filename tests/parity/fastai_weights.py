"""fastai's weights in ulmus' models: which tensor is which."""

from collections.abc import Iterator, Mapping

import torch
from torch import Tensor, nn

from ulmus.models.awd_lstm import AwdLstm
from ulmus.models.language_model import LanguageModel
from ulmus.models.text_classifier import TextClassifier

NAMES = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")


def named(tensors: Mapping[str, Tensor], group: str) -> dict[str, Tensor]:
    """Return the tensors of a fixture that are called `GROUP/KEY`, by their keys."""
    prefix = f"{group}/"
    return {k.removeprefix(prefix): v for k, v in tensors.items() if k.startswith(prefix)}


def paired(model: LanguageModel | TextClassifier) -> Iterator[tuple[str, Tensor]]:
    """Yield fastai's key of each of our parameters and statistics, and the tensor itself."""
    if isinstance(model, LanguageModel):
        yield from _encoder(model.encoder, "0.")
        yield "1.decoder.bias", model.decoder_bias
        return
    yield from _encoder(model.encoder, "0.module.")
    for block, (norm, linear) in enumerate([(0, 2), (4, 6)]):
        for name, tensor in model.head.layers[norm].state_dict(keep_vars=True).items():
            yield f"1.layers.{block}.0.{name}", tensor
        yield f"1.layers.{block}.2.weight", model.head.layers[linear].get_parameter("weight")


def fill(model: LanguageModel | TextClassifier, tensors: Mapping[str, Tensor]) -> None:
    """Copy fastai's weights into a model of the same size."""
    with torch.no_grad():
        for key, tensor in paired(model):
            tensor.copy_(tensors[key])


def _encoder(encoder: AwdLstm, prefix: str) -> Iterator[tuple[str, Tensor]]:
    yield f"{prefix}encoder.weight", encoder.embedding
    for index, layer in enumerate(encoder.stack.layers):
        for suffix, direction in zip(("", "_reverse"), _directions(layer), strict=False):
            for name in NAMES:
                key = f"module.{name}_l0{suffix}"
                if name == "weight_hh" and not suffix:  # the only one that fastai drops
                    key = "weight_hh_l0_raw"
                yield f"{prefix}rnns.{index}.{key}", direction.get_parameter(name)


def _directions(layer: nn.Module) -> nn.ModuleList:
    directions = layer.get_submodule("directions")
    assert isinstance(directions, nn.ModuleList)
    return directions
