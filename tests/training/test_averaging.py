"""When averaging starts, and what the average is, against torch's own ASGD."""

import pytest
import torch
from torch import Tensor, nn

from tests.training.stand_ins import classifier, same, weights
from ulmus.training.averaging import WeightAverage, averaged, has_stalled


def published_trigger(losses: list[float], interval: int) -> int | None:
    """Return at which check the published code switches, in its own bookkeeping."""
    logs: list[float] = []
    for check, loss in enumerate(losses):
        if len(logs) > interval and loss > min(logs[: len(logs) - interval]):
            return check
        logs.append(loss)
    return None


def our_trigger(losses: list[float], interval: int) -> int | None:
    checks = range(len(losses))
    return next((n for n in checks if has_stalled(losses[: n + 1], interval)), None)


@pytest.mark.parametrize(
    ("losses", "interval", "check"),
    [
        ([9, 8, 7, 6, 5, 4, 3, 2, 1], 5, None),  # it helps all the time
        ([5, 6, 7, 8, 9, 10, 11], 5, 6),  # the sixth rise is the first that may count
        ([5, 6, 7, 8, 9, 10, 4, 11], 5, 7),  # the best of all but the last five: min(5, 6)
        ([5, 9, 9, 9, 9, 9, 5], 5, None),  # no better is not worse
        ([5, 9, 9, 9, 9, 9, 5, 5.1], 5, 7),
        ([3, 9, 2, 9, 9, 2.5], 2, 3),  # 9 > min(3)
        ([3, 9, 2, 2.9, 2.95, 2.99], 2, 5),  # 2.95 < min(3, 9); 2.99 > min(3, 9, 2)
        ([3, 2, 2.5], 1, None),  # 2.5 < min(3)
        ([3, 2, 2.5, 2.2], 1, 3),  # 2.2 > min(3, 2)
        ([3, 2, 2.5], 0, 2),
        ([3, 3.1], 0, 1),
        ([3], 0, None),
        ([], 5, None),
    ],
)
def test_the_trigger_by_hand(losses: list[float], interval: int, check: int | None) -> None:
    assert our_trigger(losses, interval) == check
    assert published_trigger(losses, interval) == check


@pytest.mark.parametrize("interval", [0, 1, 3, 5])
def test_the_trigger_is_the_published_one(interval: int) -> None:
    generator = torch.Generator().manual_seed(interval)
    triggered = 0
    for fall in (0.0, 0.2, 0.5, 1.0):
        for _ in range(50):
            noise = torch.randn(12, generator=generator)
            losses = (noise - fall * torch.arange(12)).tolist()
            assert our_trigger(losses, interval) == published_trigger(losses, interval)
            triggered += our_trigger(losses, interval) is not None
    assert 10 < triggered < 200


def problem() -> tuple[nn.Module, Tensor]:
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(4, 3), nn.Tanh(), nn.Linear(3, 1)), torch.randn(40, 6, 4)


def step(model: nn.Module, optimizer: torch.optim.Optimizer, batch: Tensor) -> None:
    optimizer.zero_grad()
    (model(batch) - batch.sum(1, keepdim=True)).square().mean().backward()
    optimizer.step()


def test_steps_and_average_are_those_of_torch_step_by_step() -> None:
    ours, batches = problem()
    theirs, _ = problem()
    decay = 0.03
    descent = torch.optim.SGD(ours.parameters(), lr=0.1, weight_decay=decay)
    reference = torch.optim.ASGD(theirs.parameters(), lr=0.1, t0=0, lambd=0, weight_decay=decay)
    average = WeightAverage()
    for batch in batches:
        step(ours, descent, batch)
        average.add(ours)
        step(theirs, reference, batch)
        for (name, one), other in zip(ours.named_parameters(), theirs.parameters(), strict=True):
            torch.testing.assert_close(one, other, rtol=1e-6, atol=1e-7)
            kept = reference.state[other]["ax"]
            torch.testing.assert_close(average.tensors[name], kept, rtol=1e-6, atol=1e-7)
    assert average.steps == len(batches)


def test_the_average_is_the_mean_of_all_weights_but_the_first() -> None:
    model, batches = problem()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.3)
    average, seen = WeightAverage(), []
    for batch in batches:
        step(model, optimizer, batch)
        average.add(model)
        seen.append(weights(model))
    for name, tensor in average.tensors.items():
        mean = torch.stack([each[name].double() for each in seen[1:]]).mean(0)
        torch.testing.assert_close(tensor.double(), mean, rtol=1e-5, atol=1e-6)
        assert not torch.allclose(mean, seen[-1][name].double(), atol=1e-3)


def test_a_model_borrows_the_average_and_gets_its_own_back() -> None:
    model = classifier()
    for parameter in model.layer_groups()[0]:  # frozen: no part of the average
        parameter.requires_grad_(False)
    average = WeightAverage()
    average.add(model)
    lent = {name: tensor.clone() for name, tensor in average.tensors.items()}
    assert "encoder.embedding" not in lent
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.mul_(2)
        model.head.layers[0].running_mean.fill_(3)
    own = weights(model)
    with averaged(model, average):
        inside = weights(model)
        assert same({name: inside[name] for name in lent}, lent)
        rest = own.keys() - lent.keys()
        assert same({n: inside[n] for n in rest}, {n: own[n] for n in rest})
    assert same(weights(model), own)
    with pytest.raises(RuntimeError, match="judging failed"), averaged(model, average):
        raise RuntimeError("judging failed")
    assert same(weights(model), own)


def test_without_an_average_nothing_is_lent() -> None:
    model = classifier()
    own = weights(model)
    for none in (None, WeightAverage()):
        with averaged(model, none):
            assert same(weights(model), own)
