"""Language models with fastai's weights answer as fastai does."""

from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from tests.parity.fastai_weights import fill, named, paired
from tests.parity.reading import read_tensors
from ulmus.interop.fastai_layout import recognise
from ulmus.models.awd_lstm import AwdLstmSettings
from ulmus.models.language_model import LanguageModel, build_language_model
from ulmus.models.transfer import UNSEEN, copy_language_model
from ulmus.nn.recurrent_stack import State, select_rows

Fixture = tuple[LanguageModel, dict[str, Tensor], dict[str, Any]]


def _model(layers: int, words: int) -> LanguageModel:
    settings = AwdLstmSettings(embedding_size=8, hidden_size=10, layer_count=layers)
    return build_language_model(settings, words)


@pytest.fixture(params=[1, 2, 3], ids="{} layers".format)
def filled(request: pytest.FixtureRequest) -> Fixture:
    """A model with the reference's weights, and what the reference answers."""
    tensors, facts = read_tensors(f"language_model_{request.param}")
    weights = named(tensors, "weights")
    model = _model(facts["layers"], len(weights["0.encoder.weight"]))
    fill(model, weights)
    return model.eval(), tensors, facts


def _close(given: Tensor, wanted: Tensor) -> None:
    torch.testing.assert_close(given, wanted, rtol=0, atol=1e-5)


@torch.no_grad()
def test_logits_of_calls_that_carry_their_state(filled: Fixture) -> None:
    model, tensors, facts = filled
    state: State | None = None
    for call in range(facts["calls"]):
        tokens = tensors[f"tokens/{call}"]
        _close(model.encoder(tokens, state).raw, tensors[f"raw/{call}"])
        last, _ = model.last_logits(tokens, state)
        logits, state = model(tokens, state)
        _close(logits, tensors[f"logits/{call}"])
        _close(last, tensors[f"logits/{call}"][:, -1])
    # With fewer rows the reference silently goes on with the first ones.
    assert state is not None
    fewer = tensors[f"tokens/{facts['calls']}"]
    logits, state = model(fewer, select_rows(state, torch.arange(len(fewer))))
    _close(logits, tensors[f"logits/{facts['calls']}"])
    for layer, (hidden, cell) in enumerate(state):
        _close(hidden, tensors[f"state/{layer}/hidden"])
        _close(cell, tensors[f"state/{layer}/cell"])


def test_the_state_makes_a_difference(filled: Fixture) -> None:
    model, tensors, _ = filled
    fresh, _ = model(tensors["tokens/1"])
    assert (fresh - tensors["logits/1"]).abs().max() > 0.05


def test_loss_and_gradients_in_training(filled: Fixture) -> None:
    model, tensors, _ = filled
    targets = tensors["train/targets"]
    result = model.train().loss_sum(tensors["train/tokens"], targets)
    loss = result.total / targets.numel()
    loss.backward()
    _close(loss, tensors["train/loss"])
    wanted = named(tensors, "gradients")
    assert {key for key, _ in paired(model)} == set(wanted)
    for key, parameter in paired(model):
        assert parameter.grad is not None
        _close(parameter.grad, wanted[key])


def test_the_library_s_own_reading_of_the_keys(filled: Fixture) -> None:
    model, tensors, facts = filled
    read = recognise(named(tensors, "weights"), Path("weights.pth"))
    assert (read.kind, read.layout) == ("language model", "fastai 2")
    assert read.settings.layer_sizes() == model.encoder.settings.layer_sizes()
    assert read.settings.bidirectional == model.encoder.settings.bidirectional
    assert read.settings.layer_count == facts["layers"]
    assert torch.equal(read.embedding, model.encoder.embedding)
    assert read.decoder_bias is not None
    assert torch.equal(read.decoder_bias, model.decoder_bias)
    _equal(read.stack, model.encoder.stack.state_dict())


def _equal(given: dict[str, Tensor], wanted: dict[str, Tensor]) -> None:
    assert set(given) == set(wanted)
    assert all(torch.equal(given[name], tensor) for name, tensor in wanted.items())


def test_a_changed_vocabulary() -> None:
    tensors, facts = read_tensors("language_model_remapped")
    source = _model(1, len(facts["old"]))
    fill(source, named(tensors, "weights"))
    target = _model(1, len(facts["new"]))
    places = {word: row for row, word in enumerate(facts["old"])}
    row_map = torch.tensor([places.get(word, UNSEEN) for word in facts["new"]])

    copy_language_model(source, target, row_map)

    wanted = named(tensors, "remapped")
    for key, tensor in paired(target):
        torch.testing.assert_close(tensor.detach(), wanted[key], rtol=0, atol=1e-7)
    assert torch.equal(wanted["0.encoder.weight"], wanted["1.decoder.weight"])
    known = row_map != UNSEEN
    embedding = wanted["0.encoder.weight"]
    assert torch.equal(target.encoder.embedding[known], embedding[known])
