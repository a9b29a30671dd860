"""How fast a model trains here, found by a few steps of a copy of it."""

import copy
import time
from itertools import islice

import torch

from ulmus.training.engine import place
from ulmus.training.gradients import find_gradients
from ulmus.training.loop import Trainer
from ulmus.training.parameter_groups import build_optimizer
from ulmus.training.stage import Stage

WARM_UP, COUNTED = 2, 4
"""Steps that are taken first, which ask for memory, and steps whose time is counted."""


def tokens_per_second(trainer: Trainer, stage: Stage) -> float:
    """Return how many tokens a second training reads; model and generators stay as they are.

    Args:
        trainer: Model, objective, batches and engine.
        stage: Which layers learn.
    """
    engine = trainer.engine
    generators = range(torch.cuda.device_count()) if engine.device.type == "cuda" else ()
    timed: list[tuple[int, float]] = []
    state = None
    with torch.random.fork_rng(generators), engine.computing(trainer.model):
        tried = copy.deepcopy(trainer.model)
        tried.train()
        optimizer = build_optimizer(tried.layer_groups(), stage, weight_decay=0.0)
        for batch in islice(trainer.train_batches.batches(0), WARM_UP + COUNTED):
            started = time.perf_counter()
            optimizer.zero_grad()
            placed = place(batch, engine.device)
            score, state = find_gradients(trainer.objective, tried, placed, state)
            optimizer.step()
            if engine.device.type == "cuda":
                torch.cuda.synchronize()
            timed.append((score.tokens, time.perf_counter() - started))
    tokens, seconds = map(sum, zip(*(timed[WARM_UP:] or timed), strict=True))
    return tokens / max(seconds, 1e-9)
