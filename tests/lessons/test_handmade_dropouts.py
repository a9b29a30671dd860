"""Masks and dropouts by hand, by values and gradients."""

import pytest
import torch

from ulmus.lessons.handmade_dropouts import (
    Dropout,
    bernoulli_mask,
    embedding_dropout,
    sequence_dropout,
    weight_dropout,
)


@pytest.mark.parametrize("p", [0.0, 0.1, 0.5, 0.9])
@pytest.mark.parametrize("shape", [(40_000,), (200, 200), (20, 1, 2000)])
def test_a_mask_is_zero_or_scaled(p: float, shape: tuple[int, ...]) -> None:
    torch.manual_seed(0)
    mask = bernoulli_mask(shape, p)
    assert mask.shape == shape
    scale = torch.tensor(1 / (1 - p)).item()
    assert set(mask.unique().tolist()) == ({0.0, scale} if p else {scale})
    assert (mask == 0).double().mean().item() == pytest.approx(p, abs=0.01)
    assert mask.double().mean().item() == pytest.approx(1, abs=0.1)


def test_a_layer_drops_in_training_only_and_by_its_own_share() -> None:
    torch.manual_seed(0)
    values = torch.randn(10_000, dtype=torch.float64)
    for p in (0.2, 0.7):
        layer = Dropout(p)
        dropped = layer(values)
        kept = dropped != 0
        assert kept.double().mean().item() == pytest.approx(1 - p, abs=0.02)
        torch.testing.assert_close(dropped[kept], values[kept] / (1 - p))
        assert layer.eval()(values) is values
    assert Dropout(0.0)(values) is values


def test_words_are_dropped_everywhere() -> None:
    weight = torch.arange(1.0, 7).view(3, 2).requires_grad_()
    tokens = torch.tensor([[0, 1, 2], [2, 2, 0]])
    dropped = embedding_dropout(tokens, weight, torch.tensor([[2.0], [2.0], [0.0]]))
    assert dropped.tolist() == [[[2, 4], [6, 8], [0, 0]], [[0, 0], [0, 0], [2, 4]]]
    [gradient] = torch.autograd.grad(dropped.sum(), [weight])
    assert gradient.tolist() == [[4, 4], [2, 2], [0, 0]]


def test_features_are_dropped_at_every_step() -> None:
    values = torch.arange(1.0, 9).view(2, 2, 2)
    mask = torch.tensor([[[0.0, 2.0]], [[2.0, 0.0]]])
    assert sequence_dropout(values, mask).tolist() == [[[0, 4], [0, 8]], [[10, 0], [14, 0]]]


def test_a_dropped_weight_gets_no_gradient() -> None:
    raw = torch.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    mask = torch.tensor([[2.0, 0.0], [0.0, 2.0]])
    dropped = weight_dropout(raw, mask)
    assert dropped.tolist() == [[2, 0], [0, 8]]
    [gradient] = torch.autograd.grad((dropped * 3).sum(), [raw])
    assert gradient.tolist() == [[6, 0], [0, 6]]
