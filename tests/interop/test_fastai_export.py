"""Names and their order as fastai 2 has them; the order is what its `load_pretrained` goes by."""

from pathlib import Path

import torch

from ulmus.interop.fastai_export import fastai_encoder, fastai_model
from ulmus.interop.fastai_layout import recognise
from ulmus.models.awd_lstm import AwdLstmSettings
from ulmus.models.language_model import build_language_model
from ulmus.models.text_classifier import build_text_classifier

BOTH = AwdLstmSettings(embedding_size=6, hidden_size=8, layer_count=2, bidirectional=True)
LISTED = """
    encoder.weight encoder_dp.emb.weight
    rnns.0.weight_hh_l0_raw
    rnns.0.module.weight_ih_l0 rnns.0.module.bias_ih_l0 rnns.0.module.bias_hh_l0
    rnns.0.module.weight_ih_l0_reverse rnns.0.module.weight_hh_l0_reverse
    rnns.0.module.bias_ih_l0_reverse rnns.0.module.bias_hh_l0_reverse
    rnns.1.weight_hh_l0_raw
    rnns.1.module.weight_ih_l0 rnns.1.module.bias_ih_l0 rnns.1.module.bias_hh_l0
    rnns.1.module.weight_ih_l0_reverse rnns.1.module.weight_hh_l0_reverse
    rnns.1.module.bias_ih_l0_reverse rnns.1.module.bias_hh_l0_reverse
"""
KEYS_OF_BOTH = LISTED.split()
"""As fastai's own model lists them."""


def test_an_encoder_of_both_directions() -> None:
    model = build_text_classifier(BOTH, 11, 2)
    assert list(fastai_encoder(model.encoder)) == KEYS_OF_BOTH


def test_a_classifier_of_both_directions_comes_back() -> None:
    torch.manual_seed(0)
    model = build_text_classifier(BOTH, 11, 3)
    weights = fastai_model(model)
    assert list(weights)[:18] == [f"0.module.{key}" for key in KEYS_OF_BOTH]
    found = recognise(weights, Path("model.pth"))
    assert found.settings == BOTH
    stack, head = model.encoder.stack.state_dict(), model.head.state_dict()
    assert found.stack.keys() == stack.keys()
    assert all(torch.equal(found.stack[name], stack[name]) for name in stack)
    assert found.head is not None
    assert found.head.weights.keys() == head.keys()
    assert all(torch.equal(found.head.weights[name], head[name]) for name in head)


def test_tied_weights_share_their_memory() -> None:
    model = build_language_model(AwdLstmSettings(embedding_size=6, hidden_size=8), 11)
    weights = fastai_model(model)
    tied = ("0.encoder.weight", "0.encoder_dp.emb.weight", "1.decoder.weight")
    assert {weights[name].data_ptr() for name in tied} == {model.encoder.embedding.data_ptr()}
    assert not any(value.requires_grad for value in weights.values())
