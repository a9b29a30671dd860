"""The looped models, against the formula step by step."""

import pytest
import torch
from torch import nn

from ulmus.lessons.looped_models import LMModel1, LMModel2, LMModel3, LMModel4


@pytest.mark.parametrize("make", [LMModel1, LMModel2, LMModel3])
def test_three_steps_by_hand(make: type[nn.Module]) -> None:
    torch.manual_seed(0)
    model = make(7).double()
    weights = dict(model.named_parameters())
    w, b = weights["layers.recurrent.weight"], weights["layers.recurrent.bias"]
    tokens = torch.tensor([[1, 2, 3], [6, 0, 6]])
    hidden = torch.zeros(2, 64).double()
    for step in range(3):
        entered = hidden + weights["layers.embedding.weight"][tokens[:, step]]
        hidden = (entered @ w.T + b).clamp(min=0)
    expected = hidden @ weights["layers.decoder.weight"].T + weights["layers.decoder.bias"]
    torch.testing.assert_close(model(tokens).logits, expected)


@pytest.mark.parametrize("cut", [1, 3, 5])
def test_a_window_in_two_parts_is_the_window(cut: int) -> None:
    torch.manual_seed(0)
    model = LMModel4(7).double()
    tokens = torch.randint(7, (2, 6))
    whole = model(tokens)
    first = model(tokens[:, :cut])
    second = model(tokens[:, cut:], first.state)
    torch.testing.assert_close(torch.cat([first.logits, second.logits], 1), whole.logits)
    torch.testing.assert_close(second.state, whole.state)
