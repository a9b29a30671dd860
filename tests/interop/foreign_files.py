"""Weights and vocabularies as other libraries write them, made by hand for tests."""

import pickle
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple
from unittest.mock import patch

import torch
from torch import Tensor
from torch.nn import functional

EMBEDDING, HIDDEN, LAYERS = 6, 10, 3
FASTAI_2 = (
    *("xxunk", "xxpad", "xxbos", "xxeos", "xxfld", "xxrep", "xxwrep", "xxup", "xxmaj"),
    *("the", "ช้าง", "sat", "on", "\n", "."),
    *("xxfake", "xxfake"),
)
FASTAI_1 = (
    *("xxunk", "xxpad", "xxbos", "xxeos", "xxfld", "xxmaj", "xxup", "xxrep", "xxwrep"),
    *("the", "ช้าง", "sat", "on", "\n", "."),
)
FASTAI_07 = ("_unk_", "_pad_", "the", "ช้าง", "xbos", "xfld", "t_up", "tk_rep", "tk_wrep", ".")
AWD_LSTM_LM = ("<unk>", "the", "ช้าง", "<eos>", "sat", ".")


class Size(NamedTuple):
    """How large a model is."""

    tokens: int
    embedding: int = EMBEDDING
    hidden: int = HIDDEN
    layers: int = LAYERS


def layers(size: Size, seed: int = 0) -> list[torch.nn.LSTM]:
    """Return the layers of an AWD-LSTM as PyTorch's own."""
    torch.manual_seed(seed)
    inner = [size.hidden] * (size.layers - 1)
    sizes = [size.embedding, *inner, size.embedding]
    return [torch.nn.LSTM(i, o, batch_first=True) for i, o in pairwise(sizes)]


def rows(size: Size, seed: int = 0) -> Tensor:
    """Return an embedding."""
    torch.manual_seed(seed + 1)
    return torch.randn(size.tokens, size.embedding)


def bias(size: Size, seed: int = 0) -> Tensor:
    """Return a decoder's bias."""
    torch.manual_seed(seed + 2)
    return torch.randn(size.tokens)


def recurrent(
    size: Size, prefix: str = "", *, raw: str = "", doubled: bool = False
) -> dict[str, Tensor]:
    """Return the weights of the layers.

    `raw` stands in front of the raw weight's name ("module." in fastai 0.7 and awd-lstm-lm);
    `doubled` adds what dropout left of it, as fastai 1 does.
    """
    weights: dict[str, Tensor] = {}
    for index, layer in enumerate(layers(size)):
        here = f"{prefix}rnns.{index}."
        found = dict(layer.state_dict())
        weights[f"{here}{raw}weight_hh_l0_raw"] = found["weight_hh_l0"]
        for part in ("weight_ih_l0", "bias_ih_l0", "bias_hh_l0"):
            weights[f"{here}module.{part}"] = found[part]
        if doubled:
            weights[f"{here}module.weight_hh_l0"] = found["weight_hh_l0"] * 2
    return weights


def fastai_2(size: Size) -> dict[str, Tensor]:
    """Return a language model as fastai 2 saves it."""
    return {
        "0.encoder.weight": rows(size),
        "0.encoder_dp.emb.weight": rows(size),
        **recurrent(size, "0."),
        "1.decoder.weight": rows(size),
        "1.decoder.bias": bias(size),
    }


def fastai_1(size: Size) -> dict[str, Tensor]:
    """Return a language model as fastai 1 saves it."""
    return {**fastai_2(size), **recurrent(size, "0.", doubled=True)}


def fastai_07(size: Size) -> dict[str, Tensor]:
    """Return a language model as fastai 0.7 saves it."""
    return {
        "0.encoder.weight": rows(size),
        "0.encoder_with_dropout.embed.weight": rows(size),
        **recurrent(size, "0.", raw="module."),
        "1.decoder.weight": rows(size),
    }


def awd_lstm_lm(size: Size) -> dict[str, Tensor]:
    """Return the state dictionary of a model of awd-lstm-lm."""
    return {
        "encoder.weight": rows(size),
        **recurrent(size, raw="module."),
        "decoder.weight": rows(size),
        "decoder.bias": bias(size),
    }


def encoder_of(weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Return the encoder of a language model of fastai as `save_encoder` writes it."""
    return {key[2:]: value for key, value in weights.items() if key.startswith("0.")}


def read(size: Size, ids: Tensor) -> Tensor:
    """Return what the layers make of tokens, by PyTorch alone: the reference for all layouts."""
    outputs = rows(size)[ids]
    for layer in layers(size):
        outputs = layer(outputs)[0]
    return outputs


def logits(size: Size, ids: Tensor, decoder_bias: Tensor | None = None) -> Tensor:
    """Return a language model's logits, by PyTorch alone."""
    return functional.linear(read(size, ids), rows(size), decoder_bias)


def head(size: Size, classes: int, *, biases: bool, inner: int = 7) -> torch.nn.Sequential:
    """Return a classifier's head as fastai 1 builds it."""
    torch.manual_seed(3)
    pooled = 3 * size.embedding
    made = torch.nn.Sequential(
        torch.nn.BatchNorm1d(pooled),
        torch.nn.Dropout(0.2),
        torch.nn.Linear(pooled, inner, bias=biases),
        torch.nn.ReLU(),
        torch.nn.BatchNorm1d(inner),
        torch.nn.Dropout(0.1),
        torch.nn.Linear(inner, classes, bias=biases),
    )
    for name, value in made.state_dict().items():
        if value.is_floating_point():
            value.copy_(torch.rand_like(value) + 0.5 if "var" in name else torch.randn_like(value))
    return made.eval()


def classify(size: Size, ids: Tensor, layers_behind: torch.nn.Module) -> Tensor:
    """Return a classifier's logits for whole documents, by PyTorch alone."""
    outputs = read(size, ids)
    pooled = torch.cat([outputs[:, -1], outputs.amax(1), outputs.mean(1)], 1)
    answered: Tensor = layers_behind(pooled)
    return answered


HEADS = {
    "fastai 2": {"0": "0.0", "2": "0.2", "4": "1.0", "6": "1.2"},
    "fastai 2, no dropout": {"0": "0.0", "2": "0.1", "4": "1.0", "6": "1.1"},
    "fastai 1": {"0": "0", "2": "2", "4": "4", "6": "6"},
    "fastai 1, no dropout": {"0": "0", "2": "1", "4": "3", "6": "4"},
    "fastai 0.7": {"0": "0.bn", "2": "0.lin", "4": "1.bn", "6": "1.lin"},
}


def classifier(
    size: Size, classes: int = 2, layout: str = "fastai 2", *, biases: bool = False
) -> dict[str, Tensor]:
    """Return a classifier's weights under the names of a version."""
    old = layout == "fastai 0.7"
    prefix = "0." if old else "0.module."
    weights = {f"{prefix}encoder.weight": rows(size)}
    if old:
        weights["0.encoder_with_dropout.embed.weight"] = rows(size)
    weights |= recurrent(size, prefix, raw="module." if old else "")
    for name, value in head(size, classes, biases=biases).state_dict().items():
        number, _, part = name.partition(".")
        weights[f"1.layers.{HEADS[layout][number]}.{part}"] = value
    return weights


def without(weights: Mapping[str, Tensor], *keys: str) -> dict[str, Tensor]:
    """Return all weights but some."""
    return {key: value for key, value in weights.items() if key not in keys}


class L:
    """What stands for fastcore's list, which is an object with `items`."""

    __module__ = "fastcore.foundation"

    def __init__(self, items: Any) -> None:
        self.items = items


@contextmanager
def with_fastcore() -> Iterator[None]:
    """Let `L` be fastcore's while something is pickled."""
    foundation = ModuleType(L.__module__)
    foundation.L = L  # type: ignore[attr-defined]
    modules = {"fastcore": ModuleType("fastcore"), L.__module__: foundation}
    with patch.dict(sys.modules, modules):
        yield


def pickled(value: object, protocol: int = pickle.DEFAULT_PROTOCOL) -> bytes:
    """Return a value as a pickle, in which `L` is fastcore's."""
    with with_fastcore():
        return pickle.dumps(value, protocol)


def saved(folder: Path, weights: object, tokens: object) -> tuple[Path, Path]:
    """Write weights and a vocabulary, and return where they are."""
    torch.save(weights, folder / "model.pth")
    content = tokens if isinstance(tokens, bytes) else pickled(tokens)
    (folder / "vocab.pkl").write_bytes(content)
    return folder / "model.pth", folder / "vocab.pkl"
