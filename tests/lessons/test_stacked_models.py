"""The stacked models, against torch's layers put together by hand."""

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from ulmus.lessons.stacked_models import (
    SIZE,
    LibraryModel,
    LMModel7,
    awd_lstm,
    lm_model5,
    lm_model6,
)
from ulmus.models.awd_lstm import NO_DROPOUTS

TOKENS = torch.tensor([[1, 2, 3, 0], [6, 0, 6, 5]])


def test_lm_model5_is_two_layers_of_tanh() -> None:
    torch.manual_seed(0)
    model = lm_model5(7).double()
    outputs = model.embedding(TOKENS)
    for layer in range(2):
        w_ih, w_hh, b_ih, b_hh = (
            getattr(model.recurrent, f"{name}_l{layer}")
            for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
        )
        hidden, made = torch.zeros(2, 64).double(), []
        for step in range(4):
            hidden = torch.tanh(outputs[:, step] @ w_ih.T + b_ih + hidden @ w_hh.T + b_hh)
            made.append(hidden)
        outputs = torch.stack(made, 1)
    expected = outputs @ model.decoder.weight.T + model.decoder.bias
    torch.testing.assert_close(model(TOKENS).logits, expected)


@pytest.mark.parametrize("make", [lm_model5, lm_model6, LMModel7, awd_lstm])
def test_the_state_goes_on(make: type[nn.Module]) -> None:
    torch.manual_seed(0)
    model = make(7).eval()
    whole = model(TOKENS)
    first = model(TOKENS[:, :1])
    second = model(TOKENS[:, 1:], first.state)
    torch.testing.assert_close(torch.cat([first.logits, second.logits], 1), whole.logits)


def test_lm_model7_ties_and_drops_in_training_only() -> None:
    torch.manual_seed(0)
    model = LMModel7(7)
    assert model.decoder.weight is model.embedding.weight
    assert sum(p.numel() for p in model.parameters()) == 7 * 64 + 7 + 2 * (8 * 64 * 64 + 8 * 64)
    output = model(TOKENS)
    dropped = (output.dropped == 0).double().mean().item()
    assert 0.3 < dropped < 0.5
    kept = output.dropped != 0
    torch.testing.assert_close(output.dropped[kept], output.raw[kept] / 0.6)
    calm = model.eval()(TOKENS)
    assert calm.dropped.equal(calm.raw)


def test_the_library_model_returns_what_the_library_does() -> None:
    torch.manual_seed(0)
    model = LibraryModel(7, SIZE, NO_DROPOUTS)
    output, wanted = model(TOKENS), model.model(TOKENS)
    torch.testing.assert_close(output.logits, wanted.logits)
    loss = model.model.loss_sum(TOKENS, TOKENS)
    assert output.raw.equal(loss.raw)
    summed = F.cross_entropy(output.logits.flatten(0, 1), TOKENS.flatten(), reduction="sum")
    assert loss.total.item() == pytest.approx(summed.item(), rel=1e-5)


def test_awd_lstm_has_five_dropouts_and_a_wide_embedding() -> None:
    model = awd_lstm(30)
    dropouts = model.model.encoder.dropouts
    assert all(value > 0 for _, value in dropouts)
    assert len(dict(dropouts)) == 5
    assert 0.9 < float(model.model.encoder.embedding.detach().std()) < 1.1
