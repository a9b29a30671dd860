"""Training a network of characters by hand: gradient descent, clipping, perplexity.

The library has one training loop, and it is not this one: here the loop itself is the lesson.
"""

import math
import time
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F

from ulmus.lessons.character_batches import Batch, random_batches, sequential_batches
from ulmus.lessons.character_model import CharacterModel, State
from ulmus.lessons.wells import CharacterText

Cut = Callable[[Tensor, int, int, torch.Generator], Iterator[Batch]]


class Plan(NamedTuple):
    """How a network of characters is trained; the defaults are the D2L book's.

    Args:
        epochs: Passes over the text.
        learning_rate: Of plain gradient descent.
        limit: Largest norm of all gradients together; infinite does not clip.
        batch_size: Rows.
        steps: Columns.
        random: Whether batches are cut at random places, and each begins with an empty state.
        detach: Whether the gradient is cut between batches.
        seed: Of the places where batches are cut.
    """

    epochs: int = 500
    learning_rate: float = 1.0
    limit: float = 1.0
    batch_size: int = 32
    steps: int = 35
    random: bool = False
    detach: bool = True
    seed: int = 0


class Trained(NamedTuple):
    """What a training came to.

    Attributes:
        perplexities: Of the training text, epoch by epoch, each measured while it was learned.
        norms: The largest norm of the gradients in each epoch, before clipping.
        tokens: Characters read.
        seconds: Time taken.
    """

    perplexities: list[float]
    norms: list[float]
    tokens: int
    seconds: float

    @property
    def speed(self) -> float:
        """Return characters a second."""
        return self.tokens / max(self.seconds, 1e-9)


def clip(parameters: Sequence[Tensor], limit: float) -> float:
    """Scale all gradients so that their common norm is at most the limit; return the norm.

    g <- min(1, limit / |g|) g
    """
    gradients = [p.grad for p in parameters if p.grad is not None]
    norm = math.sqrt(sum(float(gradient.pow(2).sum()) for gradient in gradients))
    if norm > limit:
        for gradient in gradients:
            gradient.mul_(limit / norm)
    return norm


@torch.no_grad()
def descend(parameters: Sequence[Tensor], learning_rate: float) -> None:
    """Take a step of gradient descent, and forget the gradients."""
    for parameter in parameters:
        if parameter.grad is not None:
            parameter.sub_(parameter.grad, alpha=learning_rate)
            parameter.grad = None


def train(model: CharacterModel, text: CharacterText, plan: Plan) -> Trained:
    """Train a network of characters.

    Args:
        model: The network; its weights are changed.
        text: The text.
        plan: How.
    """
    generator = torch.Generator().manual_seed(plan.seed)
    cut: Cut = random_batches if plan.random else sequential_batches
    perplexities, norms, tokens = [], [], 0
    start = time.perf_counter()
    for _ in range(plan.epochs):
        batches = cut(text.ids, plan.batch_size, plan.steps, generator)
        loss, count, norm = _epoch(model, batches, plan)
        perplexities.append(math.exp(min(loss / count, 700)))
        norms.append(norm)
        tokens += count
    return Trained(perplexities, norms, tokens, time.perf_counter() - start)


def _epoch(model: CharacterModel, batches: Iterator[Batch], plan: Plan) -> tuple[float, int, float]:
    """Learn from all batches; return summed loss, characters and the largest norm."""
    state: State | None = None
    summed, count, largest = 0.0, 0, 0.0
    parameters = list(model.parameters())
    for tokens, targets in batches:
        if state is None or plan.random:
            state = model.first_state(len(tokens))
        elif plan.detach:
            state = tuple(part.detach() for part in state)
        logits, state = model(tokens, state)
        loss = F.cross_entropy(logits, targets.t().flatten())
        loss.backward(retain_graph=not plan.detach)
        largest = max(largest, clip(parameters, plan.limit))
        descend(parameters, plan.learning_rate)
        summed += loss.item() * targets.numel()
        count += targets.numel()
    return summed, count, largest
