"""Why deep and recurrent networks explode or vanish, and how to see it: ActivationStats.

A recurrent network multiplies its state by the same matrix at every step, and a gradient on its way
back by the transposed one. What is multiplied by the same thing again and again grows beyond all
bounds or dies out; there is hardly anything in between.
"""

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import torch
from torch import Tensor, nn

from ulmus.insight.activation_plot import plot_activations
from ulmus.insight.activation_stats import BINS, NEAR_ZERO, ActivationStats
from ulmus.lessons.frame import (
    Check,
    Figures,
    Lesson,
    LessonSettings,
    Picture,
    Question,
    Shown,
    same,
)
from ulmus.lessons.number_training import Recipe, train
from ulmus.lessons.number_words import NumberWords
from ulmus.lessons.stacked_models import HIDDEN, StackedModel, lm_model5, lm_model6

TIMES = (1, 8, 16, 32, 64, 128)
FACTORS = (2.0, 1.1, 1.0, 0.9, 0.5)
PLACES = (1.0, 1000.0, 1e6, 1e8, 1e38)

STEPS = 16
EVERY = 5
MODELS: dict[str, tuple[Callable[[int], StackedModel], Recipe]] = {
    "LMModel5": (lm_model5, Recipe(15, 3e-3)),
    "LMModel6": (lm_model6, Recipe(15, 1e-2)),
}


def multiplied(matrix: Tensor, vector: Tensor, times: int) -> Tensor:
    """Multiply a vector by a matrix again and again.

    Shapes:
        matrix: (H, H); vector: (H,), and so is what is returned.
    """
    for _ in range(times):
        vector = matrix @ vector
    return vector


def clipped(gradients: list[Tensor], limit: float) -> list[Tensor]:
    """Scale gradients down together, so that their common norm is at most the limit.

    Shapes:
        gradients: any, and so are those that are returned.
    """
    norm = torch.stack([gradient.pow(2).sum() for gradient in gradients]).sum().sqrt()
    return [gradient * min(1.0, limit / norm.item()) for gradient in gradients]


def gradient_by_distance(model: StackedModel, tokens: Tensor) -> list[float]:
    """Return how much the last output depends on the input so many steps before.

    Shapes:
        tokens: (B, T) int64.
    """
    embedded = model.embedding(tokens).detach().requires_grad_()  # (B, T, H)
    outputs, _ = model.recurrent(embedded)
    [gradient] = torch.autograd.grad(outputs[:, -1].pow(2).sum(), embedded)
    norms: list[float] = gradient.norm(dim=2).mean(0).flip(0).tolist()
    return norms


def run(settings: LessonSettings) -> Iterator[Shown]:
    """Multiply numbers and matrices, then watch two networks while they learn to count."""
    torch.manual_seed(settings.seed)
    rows = [(f"{factor}", *(f"{factor**n:.3g}" for n in TIMES)) for factor in FACTORS]
    yield Figures("A number multiplied", ("by", *(f"{n} times" for n in TIMES)), rows)
    yield _matrices()
    yield (
        "It is the same with matrices: what counts is the size of their largest eigenvalue, the "
        "spectral radius. In single precision a number above 3.4e38 is infinite and one below "
        "1.4e-45 is 0. And long before that, numbers lie further and further apart:"
    )
    spacing = [(f"{place:g}", f"{_spacing(place):.3g}") for place in PLACES]
    yield Figures("The next larger number in single precision", ("behind", "is away"), spacing)
    yield (
        "So to a weight of a million an update of 0.03 does nothing. Now two networks that learn "
        "to count, a plain one (LMModel5) and an LSTM (LMModel6). How much does the last output "
        "depend on the input so many steps before?"
    )
    text = NumberWords.made()
    watched = {name: _watched(name, text, settings) for name in MODELS}
    yield _distances(watched, text)
    yield (
        "ActivationStats watched both while they were trained. Near zero is what is within "
        f"{NEAR_ZERO} of it; a tanh or gate at its limit has no slope to learn by."
    )
    for name, (_, stats) in watched.items():
        yield _last_figures(name, stats)
        yield Picture(f"{name}_activations", partial(_draw, stats))
    yield from _checks(watched)


def _spacing(place: float) -> float:
    value = torch.tensor(place)
    return (torch.nextafter(value, torch.tensor(torch.inf)) - value).item()


def _matrices() -> Figures:
    """Multiply a vector by random matrices of three spectral radii."""
    random = torch.randn(HIDDEN, HIDDEN, dtype=torch.float64)
    random = random / torch.linalg.eigvals(random).abs().max()
    vector = torch.randn(HIDDEN, dtype=torch.float64)
    vector = vector / vector.norm()
    rows = []
    for radius in (1.2, 1.0, 0.8):
        norms = (multiplied(radius * random, vector, n).norm().item() for n in TIMES)
        rows.append((f"{radius}", *(f"{norm:.3g}" for norm in norms)))
    columns = ("spectral radius", *(f"{n} times" for n in TIMES))
    return Figures("Length of a vector multiplied by a matrix", columns, rows)


Watched = tuple[StackedModel, ActivationStats]


def _watched(name: str, text: NumberWords, settings: LessonSettings) -> Watched:
    """Train a model as its book does, and watch it."""
    make, recipe = MODELS[name]
    stats = ActivationStats(every=EVERY)
    made: list[StackedModel] = []

    def watched_model() -> nn.Module:
        made.append(make(len(text.words)))
        stats.watch(made[0])
        return made[0]

    recipe = recipe._replace(epochs=1 if settings.quick else recipe.epochs)
    train(watched_model, text.splits(STEPS), recipe, seed=settings.seed, callbacks=[stats])
    return made[0], stats


def _distances(watched: dict[str, Watched], text: NumberWords) -> Figures:
    batches = text.splits(STEPS).train.batches(0)
    tokens = torch.cat([batch.tokens for batch, _ in zip(batches, range(4), strict=False)], 1)
    shown = (0, 1, 2, 4, 8, 16, 32, 63)
    rows = []
    for name, (model, _) in watched.items():
        fresh = MODELS[name][0](len(text.words))
        for state, each in (("fresh", fresh), ("trained", model)):
            norms = gradient_by_distance(each, tokens)
            rows.append((f"{name}, {state}", *(f"{norms[n] / norms[0]:.1e}" for n in shown)))
    columns = ("model", *(f"{n}" for n in shown))
    return Figures("Gradient by distance, in shares of that at distance 0", columns, rows)


def _last_figures(name: str, stats: ActivationStats) -> Figures:
    rows = []
    for activation, series in stats.series.items():
        first, last = series.records[0], series.records[-1]
        rows.append(
            (
                activation.removeprefix("recurrent "),
                *(first.deviation, last.deviation, last.mean, last.near_zero),
                (last.histogram[0] + last.histogram[-1]) / sum(last.histogram),
            )
        )
    columns = ("activation", "spread at first", "at the end", "mean", "near zero", "at a limit")
    return Figures(f"{name}, from the first step to the last", columns, rows)


def _draw(stats: ActivationStats, path: Path) -> None:
    plot_activations(path, stats.series)


def _checks(watched: dict[str, Watched]) -> Iterator[Check]:
    yield from _gradient_is_multiplied()
    torch.manual_seed(0)
    gradients = [torch.randn(3, 4), torch.randn(5)]
    parameters = [nn.Parameter(torch.zeros_like(gradient)) for gradient in gradients]
    for limit in (1.0, 100.0):
        for parameter, gradient in zip(parameters, gradients, strict=True):
            parameter.grad = gradient.clone()
        nn.utils.clip_grad_norm_(parameters, limit)
        found = [parameter.grad for parameter in parameters if parameter.grad is not None]
        yield same(f"Clipping by hand to {limit:g} is torch's", clipped(gradients, limit), found)
    yield from _stats_are_by_hand()
    steps = [record.step for record in next(iter(watched["LMModel6"][1].series.values())).records]
    yield Check(
        "ActivationStats saw every fifth step of each layer and gate",
        set(steps) == set(range(1, steps[-1] + 1, EVERY))
        and [len(stats.series) for _, stats in watched.values()] == [2, 12],
        f"{len(steps)} steps, up to {steps[-1]}",
    )


def _gradient_is_multiplied() -> Iterator[Check]:
    """Show that a gradient through n linear steps is the transposed matrix, n times."""
    torch.manual_seed(0)
    matrix = torch.randn(5, 5, dtype=torch.float64)
    rnn = nn.RNN(5, 5, nonlinearity="relu", bias=False, batch_first=True).double()
    start = torch.rand(1, 1, 5, dtype=torch.float64, requires_grad=True)
    w_ih, w_hh = rnn.parameters()
    w_ih.data.zero_()
    w_hh.data.copy_(matrix.abs())  # all positive, so that ReLU changes nothing
    outputs, _ = rnn(torch.zeros(1, 6, 5, dtype=torch.float64), start)
    back = torch.ones(5, dtype=torch.float64)
    [gradient] = torch.autograd.grad(outputs[0, -1] @ back, [start])
    wanted = multiplied(matrix.abs(), start.detach()[0, 0], 6)
    yield same("Six steps of torch.nn.RNN are six multiplications", wanted, outputs[0, -1])
    by_hand = multiplied(matrix.abs().T, back, 6)
    yield same("and the gradient is the transposed matrix, six times", by_hand, gradient[0, 0])


def _stats_are_by_hand() -> Iterator[Check]:
    """Compute what ActivationStats records, from the outputs of the layer."""
    torch.manual_seed(0)
    rnn = nn.RNN(3, 4, batch_first=True)
    stats = ActivationStats().watch(rnn)
    values = rnn(torch.randn(2, 5, 3))[0].detach().flatten()
    [record] = stats.series["RNN layer 1: output"].records
    mean = sum(values.tolist()) / len(values)
    deviation = (sum((v - mean) ** 2 for v in values.tolist()) / len(values)) ** 0.5
    near = sum(abs(v) < NEAR_ZERO for v in values.tolist()) / len(values)
    counts = [0] * BINS
    for value in values.tolist():
        counts[min(BINS - 1, int((value + 1) / 2 * BINS))] += 1
    yield same(
        "ActivationStats records what one computes by hand",
        torch.tensor([mean, deviation, near, *counts]),
        torch.tensor([*record[1:4], *record.histogram]),
    )


def how_far_a_number_goes() -> str:
    """Double and halve until single precision ends."""
    up = next(n for n in range(1, 400) if (torch.tensor(2.0) ** n).isinf())
    down = next(n for n in range(1, 400) if torch.tensor(0.5) ** n == 0)
    return (
        f"Doubled {up} times 1 is infinite, halved {down} times it is 0. A text of a few hundred "
        "words read by a network is that deep."
    )


def what_an_update_does() -> str:
    """Add small numbers to large ones."""
    told = [
        f"{place:g} + 0.03 changes by {(torch.tensor(place) + 0.03 - place).item():.4g}"
        for place in (1.0, 1000.0, 1e6)
    ]
    return f"{'; '.join(told)}."


def why_gates_help() -> str:
    """Compare a gradient's way through 30 steps of a cell state and of a plain state."""
    gate, slope, weight = 0.98, 0.7, 0.9
    return (
        f"Along the cell state a gradient is multiplied by the forget gate alone: with {gate} "
        f"{gate**30:.2f} of it is left after 30 steps. Along a plain state by weight and slope of "
        f"tanh: with {weight} and {slope} {(weight * slope) ** 30:.0e}. And each feature has a "
        "gate of its own, which opens and closes with what is read."
    )


def what_clipping_keeps() -> str:
    """Clip a gradient and look at what changes."""
    gradient = [torch.tensor([3.0, 4.0]), torch.tensor([12.0])]
    after = [part.tolist() for part in clipped(gradient, 1.0)]
    shown = [[round(value, 4) for value in part] for part in after]
    return (
        f"The direction: [3, 4] and [12], of norm 13, become {shown[0]} and {shown[1]}, of norm 1. "
        "It helps against explosion; what has vanished it cannot bring back."
    )


LESSON = Lesson(
    run,
    (
        Question("How often can 1 be doubled or halved?", how_far_a_number_goes),
        Question("What does an update of 0.03 do to a weight?", what_an_update_does),
        Question("Why do gates help?", why_gates_help),
        Question("What does clipping keep?", what_clipping_keeps),
    ),
    beside=("stacked_models", "number_training"),
)
