"""Freezing, rates by group, and Adam's steps worked out by hand."""

import pytest
import torch
from torch import Tensor, nn

from tests.training.stand_ins import classifier, language_model, stage
from ulmus.errors import SettingsError
from ulmus.training.optimizers import GradientDescent
from ulmus.training.parameter_groups import (
    build_optimizer,
    check_stage,
    discriminative_rates,
    freeze,
    set_rates,
)


def test_rates_fall_by_the_factor_towards_the_input() -> None:
    assert discriminative_rates(4, 0.8, 2.0) == pytest.approx([0.1, 0.2, 0.4, 0.8])
    assert discriminative_rates(2, 0.01, 1.0) == [0.01, 0.01]


@pytest.mark.parametrize(("train_from", "first"), [(0, 0), (2, 2), (-1, 3), (-3, 1), (-4, 0)])
def test_freezing_leaves_the_last_groups_to_train(train_from: int, first: int) -> None:
    groups = classifier().layer_groups()
    for group in groups:
        for parameter in group:
            parameter.requires_grad_(False)
            parameter.grad = torch.ones_like(parameter)
    assert freeze(groups, train_from) == first
    for index, group in enumerate(groups):
        assert {parameter.requires_grad for parameter in group} == {index >= first}
        assert {parameter.grad for parameter in group} == {None}


@pytest.mark.parametrize("train_from", [4, -5])
def test_a_group_that_is_not_there_is_told(train_from: int) -> None:
    with pytest.raises(
        SettingsError, match=rf"no such layer group to train from: {train_from}; .*: -4 to 3"
    ):
        freeze(classifier().layer_groups(), train_from)


def test_weights_decay_and_biases_and_norms_do_not() -> None:
    model = classifier()
    names = {id(parameter): name for name, parameter in model.named_parameters()}
    optimizer = build_optimizer(model.layer_groups(), stage(factor=2.0), 0.01)
    seen = {}
    for group in optimizer.param_groups:
        for parameter in group["params"]:
            seen[names[id(parameter)]] = (group["weight_decay"], group["peak"])
    assert seen.keys() == set(names.values())
    assert seen["encoder.embedding"] == (0.01, pytest.approx(1.25e-3))
    first = "encoder.stack.layers.0.directions.0."
    assert seen[f"{first}weight_hh"] == (0.01, pytest.approx(2.5e-3))
    assert seen[f"{first}bias_hh"] == (0.0, pytest.approx(2.5e-3))
    assert seen["encoder.stack.layers.1.directions.0.weight_ih"] == (0.01, pytest.approx(5e-3))
    assert seen["head.layers.0.weight"] == (0.0, 1e-2)  # batch norm
    assert seen["head.layers.2.weight"] == (0.01, 1e-2)


def test_nt_asgd_is_plain_descent_in_which_everything_decays() -> None:
    model = classifier()
    settings = stage(learning_rate=30.0, lowest_learning_rate=10.0, schedule="constant")
    optimizer = build_optimizer(model.layer_groups(), settings, 1.2e-6, optimizer="nt-asgd")
    assert type(optimizer) is GradientDescent
    held = [p for group in optimizer.param_groups for p in group["params"]]
    assert {id(p) for p in held} == {id(p) for p in model.parameters()}
    assert len(held) == len(list(model.parameters()))
    for group in optimizer.param_groups:
        assert group["weight_decay"] == 1.2e-6
    set_rates(optimizer, 0.5, 0.75)
    rates = [group["lr"] for group in optimizer.param_groups]
    assert rates == pytest.approx([5.0, 5.0 * 3 ** (1 / 3), 5.0 * 3 ** (2 / 3), 15.0])


def test_what_adam_is_told_reaches_it() -> None:
    groups = language_model().layer_groups()
    optimizer = build_optimizer(groups, stage(), 0.01, squared_momentum=0.95, epsilon=1e-7)
    set_rates(optimizer, 0.5, 0.6)
    for group in optimizer.param_groups:
        assert (group["betas"], group["eps"]) == ((0.6, 0.95), 1e-7)


def test_a_stage_that_cannot_be_run_is_told() -> None:
    groups = classifier().layer_groups()
    check_stage(groups, stage(train_from=-4), "adam")
    check_stage(groups, stage(schedule="constant"), "nt-asgd")
    with pytest.raises(SettingsError, match="no such layer group to train from: -5"):
        check_stage(groups, stage(train_from=-5), "adam")
    with pytest.raises(SettingsError, match="nt-asgd needs a constant rate, which stage 'all' has"):
        check_stage(groups, stage(), "nt-asgd")


def test_what_is_frozen_is_no_part_of_the_optimizer() -> None:
    model = language_model()
    optimizer = build_optimizer(model.layer_groups(), stage(train_from=-1), 0.01)
    held = [parameter for group in optimizer.param_groups for parameter in group["params"]]
    assert [id(parameter) for parameter in held] == [
        id(model.encoder.embedding),
        id(model.decoder_bias),
    ]


def test_rates_and_momentum_are_set_for_each_group() -> None:
    optimizer = build_optimizer(language_model().layer_groups(), stage(factor=2.0), 0.01)
    set_rates(optimizer, 0.5, 0.75)
    rates = [group["lr"] for group in optimizer.param_groups]
    assert rates == pytest.approx([1.25e-3, 1.25e-3, 2.5e-3, 2.5e-3, 5e-3, 5e-3])
    assert {group["betas"] for group in optimizer.param_groups} == {(0.75, 0.99)}
    set_rates(optimizer, 0.5, 0.8)  # a fraction of the highest rate, not of the last one
    assert [group["lr"] for group in optimizer.param_groups] == pytest.approx(rates)


def _by_hand(
    value: Tensor, gradients: list[Tensor], momenta: list[float], rate: float, decay: float
) -> Tensor:
    """Take Adam's steps with decoupled decay, squared momentum 0.99 and epsilon 1e-5."""
    mean, square = torch.zeros_like(value), torch.zeros_like(value)
    for step, (gradient, momentum) in enumerate(zip(gradients, momenta, strict=True), 1):
        mean = momentum * mean + (1 - momentum) * gradient
        square = 0.99 * square + 0.01 * gradient**2
        unbiased = mean / (1 - momentum**step)
        spread = (square / (1 - 0.99**step)).sqrt() + 1e-5
        value = value * (1 - rate * decay) - rate * unbiased / spread
    return value


@pytest.mark.parametrize("scale", [1.0, 1e-5])  # beside the second, epsilon counts
@pytest.mark.parametrize(("shape", "decay"), [((3, 2), 0.1), ((4,), 0.0)])
def test_steps_are_adams_by_hand(shape: tuple[int, ...], decay: float, scale: float) -> None:
    torch.manual_seed(0)
    parameter = nn.Parameter(torch.randn(shape))
    start = parameter.detach().clone()
    gradients = [torch.randn(shape) * scale for _ in range(3)]
    momenta = [0.8, 0.75, 0.7]
    optimizer = build_optimizer([[parameter]], stage(learning_rate=0.02), 0.1)
    for gradient, momentum in zip(gradients, momenta, strict=True):
        set_rates(optimizer, 0.5, momentum)
        parameter.grad = gradient
        optimizer.step()
    expected = _by_hand(start.double(), [g.double() for g in gradients], momenta, 0.01, decay)
    torch.testing.assert_close(parameter.detach().double(), expected, rtol=1e-5, atol=1e-6)
