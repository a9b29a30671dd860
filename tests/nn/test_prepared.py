"""What is kept of weights from call to call, and when it is made anew."""

import copy
import pickle

import torch
from torch import Tensor, nn

from ulmus.models.awd_lstm import AwdLstmSettings
from ulmus.models.language_model import build_language_model
from ulmus.nn.lstm import LstmLayer
from ulmus.nn.prepared import Prepared


class _Maker:
    """Sums weights and counts how often it was asked to."""

    def __init__(self, weights: list[Tensor]) -> None:
        self.weights = weights
        self.calls = 0

    def __call__(self) -> float:
        self.calls += 1
        return sum(weight.sum().item() for weight in self.weights)


def test_it_is_made_once_and_again_when_weights_or_variant_change() -> None:
    weights = [nn.Parameter(torch.ones(3)), nn.Parameter(torch.ones(2))]
    make, prepared = _Maker(list(weights)), Prepared[float]()
    assert prepared.of(weights, "a", make) == prepared.of(weights, "a", make) == 5
    assert make.calls == 1
    prepared.of(weights, "b", make)
    assert make.calls == 2
    with torch.no_grad():
        weights[1].add_(1)
    assert prepared.of(weights, "b", make) == 7
    weights[0].data = torch.zeros(3)
    assert prepared.of(weights, "b", make) == 4
    prepared.drop()
    prepared.of(weights, "b", make)
    assert make.calls == 5


def test_copies_and_pickles_are_without_it() -> None:
    weights = [nn.Parameter(torch.ones(3))]
    make, prepared = _Maker(list(weights)), Prepared[float]()
    prepared.of(weights, "a", make)
    for other in (copy.deepcopy(prepared), pickle.loads(pickle.dumps(prepared))):
        assert other.of(weights, "a", make) == 3
    assert make.calls == 3


def test_a_layer_that_was_read_can_be_copied() -> None:
    layer, inputs = LstmLayer(4, 3).eval(), torch.randn(1, 1, 4)
    with torch.inference_mode():
        expected, _ = layer(inputs)
        found, _ = copy.deepcopy(layer)(inputs)
    assert torch.equal(found, expected)
    assert len(layer.state_dict()) == 4


def test_steps_of_a_fused_optimizer_are_seen() -> None:
    # A fused step changes weights without a new version.
    torch.manual_seed(0)
    settings = AwdLstmSettings(embedding_size=8, hidden_size=8, layer_count=2)
    model = build_language_model(settings, 20)
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.1, fused=True)
    tokens = torch.tensor([[3, 4, 5]])

    def read() -> Tensor:
        model.eval()
        with torch.inference_mode():
            return model.last_logits(tokens[:, :1])[0]

    before = read()
    model.train()
    model.loss_sum(tokens[:, :-1], tokens[:, 1:]).total.backward()
    optimizer.step()
    after, whole = read(), model(tokens[:, :1]).logits[:, -1]
    assert not torch.allclose(after, before, atol=1e-3)
    torch.testing.assert_close(after, whole.detach())
