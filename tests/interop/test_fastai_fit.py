"""Files of weights whose names or shapes do not fit."""

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from torch import Tensor

from tests.interop.foreign_files import (
    LAYERS,
    Size,
    awd_lstm_lm,
    classifier,
    fastai_07,
    fastai_1,
    fastai_2,
    rows,
    without,
)
from ulmus.errors import BundleError
from ulmus.interop.fastai_layout import recognise

SIZE = Size(tokens=17)
FILE = Path("model.pth")
Weights = dict[str, Tensor]


def refusal(weights: Weights) -> str:
    with pytest.raises(BundleError) as caught:
        recognise(weights, FILE)
    return str(caught.value)


@pytest.mark.parametrize("make", [fastai_2, fastai_1, fastai_07, awd_lstm_lm])
def test_every_key_that_is_needed_is_missed_by_name(make: Callable[[Size], Weights]) -> None:
    weights = make(SIZE)
    spare = ("encoder_dp", "encoder_with_dropout", "decoder.bias", "module.weight_hh_l0")
    for key in weights:
        if any(part in key and "_raw" not in key for part in spare):
            assert recognise(without(weights, key), FILE).settings.layer_count == LAYERS
        elif key.endswith("_raw") and make is fastai_1:
            continue  # the plain name stands in for it
        else:
            line = refusal(without(weights, key))
            name = key.replace("module.weight_hh_l0_raw", "weight_hh_l0_raw")
            assert line.startswith(f"the weights do not fit an AWD-LSTM (missing: {name}): ")


@pytest.mark.parametrize("layout", ["fastai 2", "fastai 1", "fastai 0.7"])
def test_every_key_of_a_head_is_missed_by_name(layout: str) -> None:
    weights = classifier(SIZE, 2, layout)
    for key in (key for key in weights if key.startswith("1.")):
        if key.endswith("num_batches_tracked"):
            assert recognise(without(weights, key), FILE).head is not None
        else:
            assert f"(missing: {key}): 'model.pth'" in refusal(without(weights, key))


@pytest.mark.parametrize(
    "key",
    [
        *("0.rnns.3.layers.0.attention", "2.extra", "0.decoder.weight", "1.decoder.scale"),
        *("rnns.0.weight_hh_l0", "0.rnns.0.module.weight_ih_l1", "0.encoder.bias"),
    ],
)
def test_a_key_too_many_is_named(key: str) -> None:
    line = refusal({**fastai_2(SIZE), key: torch.zeros(2)})
    assert line.startswith(f"the weights do not fit an AWD-LSTM (unexpected: {key}): 'model.pth'; ")


def test_a_head_of_three_blocks() -> None:
    weights = classifier(SIZE)
    weights |= {"1.layers.2.0.weight": torch.zeros(2), "1.layers.2.2.weight": torch.zeros(3, 2)}
    assert "(unexpected: 1.layers.2.0.weight, 1.layers.2.2.weight)" in refusal(weights)


@pytest.mark.parametrize(
    ("key", "found", "wanted"),
    [
        ("0.rnns.0.module.weight_ih_l0", (40, 5), (40, 6)),
        ("0.rnns.1.weight_hh_l0_raw", (40, 11), (40, 10)),
        ("0.rnns.1.module.bias_hh_l0", (30,), (40,)),
        ("0.rnns.2.module.weight_ih_l0", (40, 10), (24, 10)),
        ("1.decoder.weight", (16, 6), (17, 6)),
        ("1.decoder.bias", (18,), (17,)),
    ],
)
def test_both_shapes_are_told(key: str, found: tuple[int, ...], wanted: tuple[int, ...]) -> None:
    line = refusal({**fastai_2(SIZE), key: torch.zeros(found)})
    assert f"({key} is {found} instead of {wanted})" in line


@pytest.mark.parametrize(
    ("key", "found", "wanted"),
    [
        ("1.layers.0.0.running_mean", (17,), "(18,)"),
        ("1.layers.0.0.num_batches_tracked", (1,), "()"),
        ("1.layers.0.2.weight", (7, 17), "(7, 18)"),
        ("1.layers.1.0.bias", (8,), "(7,)"),
        ("1.layers.1.2.weight", (2, 8), "(2, 7)"),
        ("1.layers.1.2.weight", (2,), "(2, 7)"),
        ("1.layers.1.2.weight", (), "(1, 7)"),
    ],
)
def test_both_shapes_of_a_head_are_told(key: str, found: tuple[int, ...], wanted: str) -> None:
    line = refusal({**classifier(SIZE), key: torch.zeros(found)})
    assert f"({key} is {found} instead of {wanted})" in line


def test_all_that_is_wrong_is_told_at_once() -> None:
    weights = without(fastai_2(SIZE), "0.rnns.1.module.bias_ih_l0", "0.rnns.1.module.bias_hh_l0")
    weights |= {"0.new": torch.zeros(1), "1.decoder.bias": torch.zeros(3)}
    assert refusal(weights) == (
        "the weights do not fit an AWD-LSTM (missing: 0.rnns.1.module.bias_ih_l0, "
        "0.rnns.1.module.bias_hh_l0; unexpected: 0.new; 1.decoder.bias is (3,) instead of (17,)): "
        "'model.pth'; accepted: all weights of one model, and no others. Save the whole model "
        "again."
    )


def test_many_keys_are_not_all_listed() -> None:
    kept = [key for key in fastai_2(SIZE) if ".rnns.0." in key or ".rnns." not in key]
    weights = {key: fastai_2(SIZE)[key] for key in kept}
    weights["0.rnns.9.module.bias_hh_l0"] = torch.zeros(24)
    line = refusal(weights)
    assert "missing: 0.rnns.1.weight_hh_l0_raw, 0.rnns.1.module.weight_ih_l0, " in line
    assert "0.rnns.1.module.bias_ih_l0 and 32 more" in line


def test_keys_of_any_length_are_told_in_one_line() -> None:
    assert len(refusal({**fastai_2(SIZE), "0." + "x" * 10**6: torch.zeros(1)})) < 400
    assert len(refusal({"x" * 10**6: torch.zeros(1)})) < 400


def test_a_gru_is_of_another_shape() -> None:
    weights = {
        key: value[: len(value) * 3 // 4] if "_l0" in key else value
        for key, value in fastai_2(SIZE).items()
    }
    assert "0.rnns.0.weight_hh_l0_raw is (30, 10) instead of (40, 10)" in refusal(weights)


@pytest.mark.parametrize(
    "key", ["0.rnns.0.layers.0.linear.weight_raw", "rnns.0.linear.module.weight_raw"]
)
def test_a_qrnn_is_named(key: str) -> None:
    line = refusal({"0.encoder.weight": rows(SIZE), key: torch.zeros(2, 2)})
    assert line.startswith(
        "weights of an unknown layout (the layers of a QRNN, which is not supported): 'model.pth'"
    )


@pytest.mark.parametrize(
    "weights", [{"bert.embeddings.weight": rows(SIZE)}, {"0.encoder.weight": rows(SIZE)}]
)
def test_what_is_no_recurrent_model(weights: Weights) -> None:
    line = refusal(weights)
    assert line.startswith(f"weights of an unknown layout (keys: {next(iter(weights))}): ")
    assert line.endswith("Give the weights of an AWD-LSTM.")


@pytest.mark.parametrize("shape", [(), (17,), (17, 0), (0, 6)])
def test_an_embedding_that_is_no_table(shape: tuple[int, ...]) -> None:
    weights = {**fastai_2(SIZE), "0.encoder.weight": torch.zeros(shape)}
    assert f"0.encoder.weight is {shape} instead of (tokens, features)" in refusal(weights)


def test_a_recurrent_weight_that_is_no_matrix() -> None:
    weights = {**fastai_2(SIZE), "0.rnns.0.weight_hh_l0_raw": torch.zeros(40)}
    line = refusal(weights)
    assert "0.rnns.0.weight_hh_l0_raw is (40,) instead of (4 x hidden, hidden)" in line


def test_two_directions_share_no_odd_number_of_features() -> None:
    size = Size(tokens=9, embedding=5)
    weights = {**fastai_2(size), "0.rnns.0.module.bias_ih_l0_reverse": torch.zeros(40)}
    line = refusal(weights)
    assert "0.encoder.weight is (9, 5) instead of (tokens, features), features even" in line


def test_a_classifier_without_its_head() -> None:
    weights = {key: value for key, value in classifier(SIZE).items() if key.startswith("0.")}
    assert "(missing: 1.layers.0.0.weight, 1.layers.0.0.bias, " in refusal(weights)


@pytest.mark.parametrize(
    ("make", "key", "prefix"),
    [
        (fastai_2, "1.decoder.weight", "0."),
        (fastai_2, "0.encoder_dp.emb.weight", "0."),
        (fastai_07, "0.encoder_with_dropout.embed.weight", "0."),
        (awd_lstm_lm, "decoder.weight", ""),
    ],
)
def test_weights_that_are_not_tied(make: Callable[[Size], Weights], key: str, prefix: str) -> None:
    line = refusal({**make(SIZE), key: rows(SIZE) + 1e-6})
    assert line.startswith(f"{key} differs from {prefix}encoder.weight, to which it should be tied")
