"""The examples of the AWD_LSTM page of fastai's documentation: its dropouts, and what they keep."""

import copy
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from ulmus.errors import SettingsError
from ulmus.interop.fastai_names import EmbeddingDropout, RNNDropout, WeightDropout, dropout_mask


@pytest.fixture(autouse=True)
def _seeded() -> None:
    torch.manual_seed(0)


def test_a_mask_holds_zeros_and_the_inverse_of_what_is_kept() -> None:
    mask = dropout_mask(torch.randn(3, 4, dtype=torch.float64), [4, 3], 0.25)
    assert mask.shape == (4, 3)
    assert mask.dtype == torch.float64
    assert set(mask.flatten().tolist()) == {0.0, 1 / 0.75}


def test_the_same_features_are_lost_at_each_step() -> None:
    inputs = torch.randn(4, 3, 7)
    outputs = RNNDropout(0.3)(inputs)
    lost = outputs == 0
    assert 0 < lost.sum() < lost.numel()
    assert torch.equal(lost, lost[:, :1].expand_as(lost))
    torch.testing.assert_close(outputs, torch.where(lost, 0, inputs / 0.7))


def test_a_sequence_of_images_has_one_mask_for_all_its_steps() -> None:
    images = torch.rand(4, 10, 3, 32, 32) + 1
    ratio = RNNDropout(0.3)(images) / images
    assert torch.equal(ratio == 0, (ratio[:, :1] == 0).expand_as(ratio))
    share = (ratio[:, 0] == 0).double().mean().item()
    assert share == pytest.approx(0.3, abs=0.02)  # of single pixels, not of channels
    assert not torch.equal(ratio[0] == 0, ratio[1] == 0)


@pytest.mark.parametrize("layer", [RNNDropout(0.0), RNNDropout(0.5).eval()])
def test_no_dropout_hands_the_inputs_through(layer: RNNDropout) -> None:
    inputs = torch.randn(2, 3, 4)
    assert layer(inputs) is inputs


def test_half_is_dropped_by_default() -> None:
    assert RNNDropout().p == 0.5


def trained_lstm(**options: bool) -> tuple[WeightDropout, Tensor]:
    """Return the page's wrapped LSTM after one backward pass, and its weight before that."""
    dropped = WeightDropout(nn.LSTM(5, 7, **options), 0.4)
    before = dropped.module.weight_hh_l0
    directions = 2 if options else 1
    zeros = torch.zeros(directions, 20, 7)
    dropped.reset()
    outputs, _ = dropped(torch.randn(10, 20, 5), (zeros, zeros))
    outputs.sum().backward()
    return dropped, before


def test_some_recurrent_weights_are_zero_after_a_training_call() -> None:
    dropped, before = trained_lstm()
    after, raw = dropped.module.weight_hh_l0, dropped.weight_hh_l0_raw
    assert torch.equal(before, raw)
    zeros = after == 0
    assert 0.2 <= zeros.double().mean() <= 0.6
    torch.testing.assert_close(after[~zeros], raw.detach()[~zeros] / 0.6)


def test_the_raw_weight_is_the_parameter_and_takes_no_gradient_where_it_was_dropped() -> None:
    dropped, _ = trained_lstm()
    names = [name for name, _ in dropped.named_parameters()]
    inner = ["weight_ih_l0", "bias_ih_l0", "bias_hh_l0"]
    assert names == ["weight_hh_l0_raw", *(f"module.{name}" for name in inner)]
    raw = dropped.weight_hh_l0_raw
    zeros = dropped.module.weight_hh_l0 == 0
    assert raw.requires_grad
    assert raw.grad[zeros].count_nonzero() == 0
    assert (raw.grad[~zeros] != 0).all()


def test_a_training_call_is_a_call_with_the_weight_that_it_shows() -> None:
    inputs = torch.randn(10, 20, 5)
    plain = nn.LSTM(5, 7)
    dropped = WeightDropout(copy.deepcopy(plain), 0.4)
    outputs, state = dropped(inputs)
    plain.weight_hh_l0.data.copy_(dropped.module.weight_hh_l0)
    torch.testing.assert_close((outputs, state), plain(inputs))


def test_an_evaluation_call_and_a_reset_show_the_raw_weight() -> None:
    dropped, _ = trained_lstm()
    raw = dropped.weight_hh_l0_raw
    assert not torch.equal(dropped.module.weight_hh_l0, raw)
    dropped.reset()
    assert torch.equal(dropped.module.weight_hh_l0, raw)
    dropped(torch.randn(10, 20, 5))
    assert not torch.equal(dropped.module.weight_hh_l0, raw)
    dropped.eval()(torch.randn(10, 20, 5))
    assert torch.equal(dropped.module.weight_hh_l0, raw)


def test_a_reset_reaches_a_wrapped_module_that_keeps_a_state() -> None:
    class Keeper(nn.Linear):
        count = 7

        def reset(self) -> None:
            self.count = 0

    dropped = WeightDropout(Keeper(2, 3), 0.5, "weight")
    dropped.reset()
    assert dropped.module.count == 0


def test_the_weights_that_are_named_are_dropped() -> None:
    layer = WeightDropout(nn.LSTM(5, 7, bidirectional=True), 0.5, ["weight_hh_l0_reverse"])
    layer(torch.randn(3, 2, 5))
    assert (layer.module.weight_hh_l0_reverse == 0).any()
    assert (layer.module.weight_hh_l0 != 0).all()
    linear = WeightDropout(nn.Linear(40, 30), 0.5, layer_names="weight")
    outputs = linear(torch.eye(40))
    torch.testing.assert_close(outputs - linear.module.bias, linear.module.weight.t())
    assert (linear.module.weight == 0).double().mean().item() == pytest.approx(0.5, abs=0.1)


def test_a_weight_that_is_not_there_is_named() -> None:
    with pytest.raises(
        SettingsError,
        match=r"Linear has no weight of that name to drop: 'weight_hh_l0'; "
        r"accepted: weight, bias\. Name one or several of these in layer_names",
    ):
        WeightDropout(nn.Linear(2, 3), 0.5)


@pytest.mark.parametrize("probability", [0.0, 0.5])
def test_it_can_be_copied_saved_and_reset_after_a_training_call(
    probability: float, tmp_path: Path
) -> None:
    dropped = WeightDropout(nn.LSTM(5, 7), probability)
    inputs = torch.randn(10, 20, 5)
    dropped(inputs)[0].sum().backward()
    twin = copy.deepcopy(dropped).eval()
    torch.save(dropped, tmp_path / "module.pt")
    saved = torch.load(tmp_path / "module.pt", weights_only=False).eval()
    dropped.reset()
    wanted = dropped.eval()(inputs)[0]
    assert torch.equal(twin(inputs)[0], wanted)
    assert torch.equal(saved(inputs)[0], wanted)
    assert list(dropped.state_dict()) == list(WeightDropout(nn.LSTM(5, 7), 0.5).state_dict())


def test_a_word_is_dropped_whole_or_doubled() -> None:
    embedding = nn.Embedding(10, 7, padding_idx=1)
    words = torch.randint(0, 10, (80,))
    outputs = EmbeddingDropout(embedding, 0.5)(words)
    factors = {}
    for word, row in zip(words.tolist(), outputs, strict=True):
        factor = 0.0 if not row.any() else 2.0
        torch.testing.assert_close(row, factor * embedding.weight[word])
        assert factors.setdefault(word, factor) == factor  # wherever it stands
    assert {factor for word, factor in factors.items() if word != 1} == {0.0, 2.0}


def test_the_embeddings_own_options_hold() -> None:
    embedding = nn.Embedding(10, 7, padding_idx=1, scale_grad_by_freq=True)
    dropout = EmbeddingDropout(embedding, 0.5).eval()
    dropout(torch.tensor([[1, 3], [3, 4]])).sum().backward()
    assert embedding.weight.grad.sum(1).tolist() == [0, 0, 0, 7, 7, 0, 0, 0, 0, 0]


def test_a_scale_multiplies_what_is_returned_and_leaves_the_embedding() -> None:
    embedding = nn.Embedding(10, 7)
    before = embedding.weight.detach().clone()
    words = torch.tensor([[3, 4]])
    outputs = EmbeddingDropout(embedding, 0.5).eval()(words, scale=3.0)
    torch.testing.assert_close(outputs, 3 * before[words])
    assert torch.equal(embedding.weight, before)
