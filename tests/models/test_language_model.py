"""The language model against plain functions over the same weights."""

from itertools import chain

import torch
from torch import Tensor
from torch.nn import functional as F

from ulmus.models.awd_lstm import LANGUAGE_MODEL_DROPOUTS, NO_DROPOUTS, AwdLstmSettings, Dropouts
from ulmus.models.language_model import LanguageModel, build_language_model

SMALL = AwdLstmSettings(embedding_size=6, hidden_size=8, layer_count=2)
WORDS = 20


def _model(dropouts: Dropouts = NO_DROPOUTS) -> LanguageModel:
    torch.manual_seed(0)
    model = build_language_model(SMALL, WORDS, dropouts)
    torch.nn.init.normal_(model.decoder_bias)
    return model


def _batch() -> tuple[Tensor, Tensor]:
    stream = torch.randint(0, WORDS, (4, 8), generator=torch.Generator().manual_seed(1))
    return stream[:, :-1].contiguous(), stream[:, 1:].contiguous()


def test_a_new_model_has_no_bias_and_one_matrix_for_both_ends() -> None:
    model = build_language_model(SMALL, WORDS)
    assert model.vocabulary_size == WORDS
    assert model.decoder_bias.tolist() == [0.0] * WORDS
    shapes = [p.shape for p in model.parameters() if WORDS in p.shape]
    assert shapes == [(WORDS,), (WORDS, 6)]


def test_logits_are_the_embedding_times_the_outputs() -> None:
    model, (tokens, _) = _model(), _batch()
    output = model(tokens)
    raw, state = model.encoder.stack(F.embedding(tokens, model.encoder.embedding))
    expected = torch.einsum("bte,ve->btv", raw, model.encoder.embedding) + model.decoder_bias
    torch.testing.assert_close(output.logits, expected)
    torch.testing.assert_close(output.state, state)


def test_a_stream_in_two_calls_is_the_stream_in_one() -> None:
    model, (tokens, _) = _model(), _batch()
    whole = model(tokens)
    first = model(tokens[:, :3])
    second = model(tokens[:, 3:], first.state)
    torch.testing.assert_close(torch.cat([first.logits, second.logits], 1), whole.logits)
    last, state = model.last_logits(tokens[:, 3:], first.state)
    torch.testing.assert_close(last, whole.logits[:, -1])
    torch.testing.assert_close(state, whole.state)


def test_the_tied_matrix_learns_from_both_ends() -> None:
    model, (tokens, targets) = _model(), _batch()
    model.loss_sum(tokens, targets).total.backward()
    reading = model.encoder.embedding.detach().clone().requires_grad_()
    writing = model.encoder.embedding.detach().clone().requires_grad_()
    raw, _ = model.encoder.stack(F.embedding(tokens, reading))
    logits = F.linear(raw, writing, model.decoder_bias)
    F.cross_entropy(logits.flatten(0, 1), targets.flatten(), reduction="sum").backward()
    assert reading.grad.count_nonzero() > 0
    assert writing.grad.count_nonzero() > 0
    torch.testing.assert_close(model.encoder.embedding.grad, reading.grad + writing.grad)


def test_the_fused_loss_is_that_of_the_logits_with_the_same_dropout() -> None:
    model, (tokens, targets) = _model(LANGUAGE_MODEL_DROPOUTS), _batch()
    targets[1, 2:5] = -100
    state = model(tokens).state
    torch.manual_seed(7)
    fused = model.loss_sum(tokens, targets, state)
    torch.manual_seed(7)
    logits, new_state = model(tokens, state)
    plain = F.cross_entropy(logits.flatten(0, 1), targets.flatten(), reduction="sum")
    torch.testing.assert_close(fused.total, plain)
    torch.testing.assert_close(fused.state, new_state)
    parameters = list(model.parameters())
    torch.testing.assert_close(
        torch.autograd.grad(fused.total, parameters, retain_graph=True),
        torch.autograd.grad(plain, parameters, retain_graph=True),
    )


def test_the_loss_brings_the_outputs_before_and_after_dropout() -> None:
    model, (tokens, targets) = _model(LANGUAGE_MODEL_DROPOUTS), _batch()
    torch.manual_seed(7)
    loss = model.loss_sum(tokens, targets)
    torch.manual_seed(7)
    output = model.encoder(tokens)
    assert torch.equal(loss.raw, output.raw)
    assert torch.equal(loss.dropped, output.dropped)
    assert not torch.equal(loss.raw, loss.dropped)


def test_layer_groups_hold_every_parameter_once_from_input_to_output() -> None:
    model = _model()
    names = {id(parameter): name for name, parameter in model.named_parameters()}
    groups = [[names[id(p)] for p in group] for group in model.layer_groups()]
    assert sorted(chain.from_iterable(groups)) == sorted(names.values())
    assert all(name.startswith("encoder.stack.layers.0.") for name in groups[0])
    assert all(name.startswith("encoder.stack.layers.1.") for name in groups[1])
    assert groups[2] == ["encoder.embedding", "decoder_bias"]
