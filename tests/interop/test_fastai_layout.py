"""Names of four layouts, and files whose names or shapes do not fit."""

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from torch import Tensor

from tests.interop.foreign_files import (
    EMBEDDING,
    HEADS,
    HIDDEN,
    LAYERS,
    Size,
    awd_lstm_lm,
    bias,
    classifier,
    encoder_of,
    fastai_07,
    fastai_1,
    fastai_2,
    layers,
    rows,
)
from ulmus.interop.fastai_layout import recognise
from ulmus.models.awd_lstm import AwdLstmSettings

SIZE = Size(tokens=17)
FILE = Path("model.pth")
Weights = dict[str, Tensor]


def expected_stack() -> Weights:
    """The layers under the names of `nn.recurrent_stack`, from PyTorch's own."""
    return {
        f"layers.{index}.directions.0.{name.removesuffix('_l0')}": value
        for index, layer in enumerate(layers(SIZE))
        for name, value in layer.state_dict().items()
    }


def same(given: Weights, wanted: Weights) -> bool:
    return given.keys() == wanted.keys() and all(
        torch.equal(given[name], wanted[name]) for name in wanted
    )


CASES: list[tuple[Callable[[Size], Weights], str, str, bool]] = [
    (fastai_2, "language model", "fastai 2", True),
    (fastai_1, "language model", "fastai 1", True),
    (fastai_07, "language model", "fastai 0.7", False),
    (awd_lstm_lm, "language model", "awd-lstm-lm", True),
    (lambda size: encoder_of(fastai_2(size)), "encoder", "fastai 2", False),
    (lambda size: encoder_of(fastai_1(size)), "encoder", "fastai 1", False),
    (lambda size: encoder_of(fastai_07(size)), "encoder", "fastai 0.7", False),
]


@pytest.mark.parametrize(("make", "kind", "layout", "has_bias"), CASES)
def test_every_weight_of_every_layout(
    make: Callable[[Size], Weights], kind: str, layout: str, has_bias: bool
) -> None:
    model = recognise(make(SIZE), FILE)
    assert (model.kind, model.layout) == (kind, layout)
    assert model.settings == AwdLstmSettings(
        embedding_size=EMBEDDING, hidden_size=HIDDEN, layer_count=LAYERS
    )
    assert torch.equal(model.embedding, rows(SIZE))
    assert same(model.stack, expected_stack())
    assert (model.decoder_bias is not None) == has_bias
    assert model.decoder_bias is None or torch.equal(model.decoder_bias, bias(SIZE))
    assert model.head is None


def test_the_raw_weight_counts_whatever_the_order() -> None:
    """Beside it lies what dropout left of it, and a tensor like that is no weight."""
    weights = fastai_1(SIZE)
    backwards = dict(reversed(weights.items()))
    assert same(recognise(backwards, FILE).stack, expected_stack())
    dropped = weights["0.rnns.0.module.weight_hh_l0"]
    assert not torch.equal(dropped, weights["0.rnns.0.weight_hh_l0_raw"])


def test_a_model_of_awd_lstm_lm_without_weight_dropout() -> None:
    weights = {
        key.replace("module.", "").replace("_raw", ""): value
        for key, value in awd_lstm_lm(SIZE).items()
    }
    assert "rnns.0.weight_hh_l0" in weights
    assert same(recognise(weights, FILE).stack, expected_stack())


def test_one_layer() -> None:
    size = Size(tokens=9, layers=1)
    found = recognise(fastai_2(size), FILE)
    assert found.settings.layer_count == 1
    assert found.settings.layer_sizes() == [EMBEDDING, EMBEDDING]
    assert torch.equal(found.stack["layers.0.directions.0.weight_ih"], layers(size)[0].weight_ih_l0)


def test_a_bidirectional_classifier() -> None:
    """fastai drops out of the forward direction's weight only, and names the other plainly."""
    size = Size(tokens=9, layers=2)
    weights = classifier(size)
    for key in [key for key in weights if ".rnns." in key]:
        del weights[key]
    made = [
        torch.nn.LSTM(EMBEDDING, HIDDEN // 2, bidirectional=True),
        torch.nn.LSTM(HIDDEN, EMBEDDING // 2, bidirectional=True),
    ]
    for index, layer in enumerate(made):
        state = layer.state_dict()
        here = f"0.module.rnns.{index}."
        weights[f"{here}weight_hh_l0_raw"] = state.pop("weight_hh_l0")
        weights |= {f"{here}module.{name}": value for name, value in state.items()}
    found = recognise(weights, FILE)
    assert found.settings == AwdLstmSettings(
        embedding_size=EMBEDDING, hidden_size=HIDDEN, layer_count=2, bidirectional=True
    )
    for index, layer in enumerate(made):
        for name, value in layer.state_dict().items():
            part, _, back = name.partition("_l0")
            place = f"layers.{index}.directions.{int(bool(back))}.{part}"
            assert torch.equal(found.stack[place], value), place


@pytest.mark.parametrize("layout", HEADS)
def test_heads_of_all_versions(layout: str) -> None:
    weights = classifier(SIZE, 4, layout)
    found = recognise(weights, FILE)
    assert found.kind == "classifier"
    assert found.head is not None
    assert (found.head.class_count, found.head.head_size) == (4, 7)
    assert found.head.layout == layout.partition(",")[0]
    assert not found.head.absorbed_biases
    for number, there in HEADS[layout].items():
        parts = [key for key in weights if key.startswith(f"1.layers.{there}.")]
        assert len(parts) == (5 if number in "04" else 1)
        for key in parts:
            part = key.rpartition(".")[2]
            assert torch.equal(found.head.weights[f"layers.{number}.{part}"], weights[key])
