"""Clipping, descent and the loop by hand, against torch's."""

import math

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from ulmus.lessons.character_batches import random_batches, sequential_batches
from ulmus.lessons.character_model import FromScratch, WithTorch
from ulmus.lessons.character_training import Plan, clip, descend, train
from ulmus.lessons.wells import CharacterText

TEXT = CharacterText.of("the time traveller speaks of the fourth dimension " * 12)
SIZE = len(TEXT.characters)


def model(make: type = FromScratch) -> FromScratch:
    torch.manual_seed(0)
    return make(SIZE, 8)


@pytest.mark.parametrize("limit", [1.0, 13.0, 20.0, math.inf])
def test_clipping(limit: float) -> None:
    parameters = [torch.zeros(2), torch.zeros(1), torch.zeros(3)]
    parameters[0].grad, parameters[1].grad = torch.tensor([3.0, 4.0]), torch.tensor([12.0])
    assert clip(parameters, limit) == pytest.approx(13)
    share = min(1.0, limit / 13)
    assert parameters[0].grad.tolist() == pytest.approx([3 * share, 4 * share])
    assert parameters[1].grad.tolist() == pytest.approx([12 * share])


def test_a_step_down() -> None:
    parameters = [torch.tensor([1.0, 2.0]), torch.tensor([5.0])]
    parameters[0].grad = torch.tensor([10.0, -10.0])
    descend(parameters, 0.5)
    assert parameters[0].tolist() == [-4, 7]
    assert parameters[1].tolist() == [5]
    assert parameters[0].grad is None


@pytest.mark.parametrize("make", [FromScratch, WithTorch])
@pytest.mark.parametrize("random", [False, True])
def test_training_is_torchs_loop(make: type, random: bool) -> None:
    plan = Plan(epochs=2, batch_size=3, steps=5, limit=0.05, random=random, seed=4)
    built, other = model(make), model(make)
    result = train(built, TEXT, plan)

    optimizer = torch.optim.SGD(other.parameters(), lr=1.0)
    generator = torch.Generator().manual_seed(4)
    cut = random_batches if random else sequential_batches
    perplexities = []
    for _ in range(2):
        state, losses = other.first_state(3), []
        for tokens, targets in cut(TEXT.ids, 3, 5, generator):
            state = other.first_state(3) if random else tuple(part.detach() for part in state)
            logits, state = other(tokens, state)
            loss = F.cross_entropy(logits, targets.t().reshape(-1))
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(list(other.parameters()), 0.05)
            optimizer.step()
            losses.append(loss.item())
        perplexities.append(math.exp(sum(losses) / len(losses)))
    assert result.perplexities == pytest.approx(perplexities, rel=1e-5)
    for mine, wanted in zip(built.parameters(), other.parameters(), strict=True):
        torch.testing.assert_close(mine, wanted)
    assert result.tokens == 2 * 3 * 5 * len(losses)


def test_without_detaching_gradients_reach_the_batches_before() -> None:
    plan = Plan(epochs=1, batch_size=3, steps=5, limit=math.inf, learning_rate=0.0, seed=4)
    built = model()
    train(built, TEXT, plan._replace(detach=False))  # no update, so the gradients can be checked
    other = model()
    generator = torch.Generator().manual_seed(4)
    state, total = other.first_state(3), torch.zeros(())
    for tokens, targets in sequential_batches(TEXT.ids, 3, 5, generator):
        logits, state = other(tokens, state)
        total = F.cross_entropy(logits, targets.t().reshape(-1))
    wanted = torch.autograd.grad(total, list(other.parameters()))
    norm = math.sqrt(sum(float(gradient.pow(2).sum()) for gradient in wanted))
    cut = train(model(), TEXT, plan)
    whole = train(model(), TEXT, plan._replace(detach=False))
    assert whole.norms[0] != pytest.approx(cut.norms[0], rel=1e-6)
    assert whole.norms[0] >= norm * (1 - 1e-5)


def test_it_learns() -> None:
    torch.manual_seed(0)
    result = train(FromScratch(SIZE, 32), TEXT, Plan(epochs=60, batch_size=4, steps=20))
    assert result.perplexities[0] > 10
    assert result.perplexities[-1] < 3
    assert result.speed > 1000
