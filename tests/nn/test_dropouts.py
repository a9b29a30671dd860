"""Dropout masks: their values, what shares one, and what they do to gradients."""

import pytest
import torch
from torch import Tensor

from ulmus.nn.dropouts import drop_weight, dropout_mask, embed, sequence_dropout


def test_a_mask_holds_zeros_and_the_inverse_of_what_is_kept() -> None:
    torch.manual_seed(0)
    mask = dropout_mask(torch.zeros((), dtype=torch.float64), (200, 50), 0.2)
    assert mask.dtype == torch.float64
    assert mask.unique().tolist() == [0.0, 1.25]
    assert (mask == 0).double().mean().item() == pytest.approx(0.2, abs=0.02)


@pytest.mark.parametrize("shape", [(3, 7), (3, 7, 4), (3, 7, 2, 4, 5)])
def test_a_sequence_loses_the_same_features_at_every_step(shape: tuple[int, ...]) -> None:
    torch.manual_seed(1)
    inputs = torch.randn(shape)
    ratio = sequence_dropout(inputs, 0.5, training=True) / inputs
    assert torch.equal(ratio, ratio[:, :1].expand_as(ratio))
    if len(shape) > 2:
        assert ratio.unique().tolist() == [0.0, 2.0]
        assert not torch.equal(ratio[0, 0], ratio[1, 0])  # each row draws its own


def test_a_dropped_feature_takes_no_gradient() -> None:
    torch.manual_seed(2)
    inputs = torch.randn(2, 5, 6, requires_grad=True)
    dropped = sequence_dropout(inputs, 0.5, training=True)
    dropped.sum().backward()
    assert torch.allclose(inputs.grad * inputs, dropped)


@pytest.mark.parametrize(("probability", "training"), [(0.0, True), (0.5, False)])
def test_without_dropout_nothing_is_drawn_or_changed(probability: float, training: bool) -> None:
    before = torch.get_rng_state()
    inputs, weight = torch.randn(2, 3, 4), torch.randn(5, 4)
    tokens = torch.tensor([[0, 4], [2, 2]])
    drawn = torch.get_rng_state()
    assert torch.equal(sequence_dropout(inputs, probability, training=training), inputs)
    assert torch.equal(embed(tokens, weight, probability, training=training), weight[tokens])
    assert torch.equal(drop_weight(weight, probability, training=training), weight)
    assert torch.equal(torch.get_rng_state(), drawn)
    assert not torch.equal(before, drawn)  # the comparison can fail


def _word_factors(tokens: Tensor, weight: Tensor) -> dict[int, Tensor]:
    factors = embed(tokens, weight, 0.5, training=True) / weight[tokens]
    return {word: factors[tokens == word] for word in tokens.unique().tolist()}


def test_a_word_is_dropped_whole_and_everywhere() -> None:
    torch.manual_seed(3)
    tokens = torch.randint(0, 40, (6, 30))
    factors = _word_factors(tokens, torch.randn(40, 8))
    assert all(values.unique().tolist() in ([0.0], [2.0]) for values in factors.values())
    assert {values.max().item() for values in factors.values()} == {0.0, 2.0}


def test_the_embedding_gradient_counts_kept_occurrences() -> None:
    torch.manual_seed(4)
    weight = torch.randn(6, 3, requires_grad=True)
    tokens = torch.tensor([[0, 1, 1, 2], [2, 3, 4, 2]])
    out = embed(tokens, weight, 0.5, training=True)
    out.sum().backward()
    kept = torch.zeros(6)
    for word in range(5):
        kept[word] = (out / weight[tokens])[tokens == word][0, 0].item()
    expected = kept * torch.tensor([1.0, 2, 3, 1, 1, 0])
    assert torch.allclose(weight.grad, expected[:, None].expand(6, 3))


def test_single_weights_drop_and_the_raw_weight_stays() -> None:
    torch.manual_seed(5)
    weight = torch.randn(40, 30, requires_grad=True)
    raw = weight.detach().clone()
    dropped = drop_weight(weight, 0.5, training=True)
    dropped.sum().backward()
    assert (dropped / raw).unique().tolist() == [0.0, 2.0]
    assert torch.equal(weight.grad, dropped.detach() / raw)
    assert torch.equal(weight.detach(), raw)


@pytest.mark.parametrize("probability", [0.05, 0.2, 0.5, 0.9, 0.9999999])
def test_weights_drop_as_often_as_they_should_and_keep_their_mean(probability: float) -> None:
    torch.manual_seed(6)
    weight = torch.ones(700, 1000)
    dropped = drop_weight(weight, probability, training=True)
    share = (dropped == 0).float().mean().item()
    deviation = (probability * (1 - probability) / weight.numel()) ** 0.5
    assert abs(share - probability) < 5 * deviation + 2**-15
    kept = 1 / (1 - min(round(probability * 2**16), 2**16 - 1) / 2**16)
    assert dropped.unique().tolist() == pytest.approx([0, kept])


def test_dropped_weights_depend_on_torchs_generator_alone() -> None:
    weight = torch.ones(9, 7)
    torch.manual_seed(7)
    first, second = (drop_weight(weight, 0.5, training=True) for _ in range(2))
    torch.manual_seed(7)
    assert torch.equal(drop_weight(weight, 0.5, training=True), first)
    assert not torch.equal(first, second)
