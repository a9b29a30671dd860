"""Weights under the names that fastai 2 loads, in the order in which it would save them."""

from torch import Tensor

from ulmus.interop.fastai_keys import ROWS, TIED_ROWS, stack_shapes
from ulmus.models.awd_lstm import AwdLstm
from ulmus.models.language_model import LanguageModel
from ulmus.models.text_classifier import ClassifierHead, TextClassifier

HEAD_LAYERS = {"0": "0.0", "2": "0.2", "4": "1.0", "6": "1.2"}
"""Number of a layer in `ClassifierHead`, and in fastai's head of two blocks."""


def fastai_encoder(encoder: AwdLstm, prefix: str = "") -> dict[str, Tensor]:
    """Return an encoder's weights as `save_encoder` writes them."""
    stack = encoder.stack.state_dict()
    rows = encoder.embedding.detach()
    layers = {prefix + place.key: stack[place.name] for place in stack_shapes(encoder.settings)}
    return {prefix + ROWS: rows, prefix + TIED_ROWS: rows, **layers}


def fastai_model(model: LanguageModel | TextClassifier) -> dict[str, Tensor]:
    """Return a model's weights as `learn.save` writes them without its optimizer."""
    if isinstance(model, LanguageModel):
        return {
            **fastai_encoder(model.encoder, "0."),
            "1.decoder.weight": model.encoder.embedding.detach(),
            "1.decoder.bias": model.decoder_bias.detach(),
        }
    return {**fastai_encoder(model.encoder, "0.module."), **_head(model.head)}


def _head(head: ClassifierHead) -> dict[str, Tensor]:
    weights = head.layers.state_dict()
    renamed = {}
    for name, value in weights.items():
        number, _, part = name.partition(".")
        renamed[f"1.layers.{HEAD_LAYERS[number]}.{part}"] = value
    return renamed
