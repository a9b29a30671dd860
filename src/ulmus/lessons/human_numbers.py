"""A language model from nothing: it learns to count, first from three words, then from all.

LMModel1 to LMModel4 of the fast.ai book, chapter 12. Each differs from the one before in one thing:
steps written out, the same steps as a loop, a state that is kept, a prediction at every step.
"""

from collections.abc import Iterator
from itertools import islice

import torch
from torch import Tensor, nn

from ulmus.batches.contiguous import StreamBatch
from ulmus.lessons.frame import (
    Check,
    Figures,
    Lesson,
    LessonSettings,
    Question,
    Shown,
    at_least,
    gradients,
    same,
    weighed,
)
from ulmus.lessons.looped_models import HIDDEN, Layers, LMModel1, LMModel2, LMModel3, LMModel4
from ulmus.lessons.number_training import Outcome, Recipe, train
from ulmus.lessons.number_words import TRAIN_SHARE, NumberWords, lines, windows

SHORT, LONG = 3, 16
"""Steps of a window for the first three models, and for the fourth."""

BOOK = {"LMModel1": 0.494, "LMModel2": 0.470, "LMModel3": 0.589, "LMModel4": 0.640}
"""Accuracy after the last epoch, chapter 12 of the book."""

MARGIN = 0.06
"""How far below the book's a figure may lie by the chance of one seed."""


MODELS = {"LMModel1": LMModel1, "LMModel2": LMModel2, "LMModel3": LMModel3, "LMModel4": LMModel4}
RECIPES = {
    "LMModel1": Recipe(4, 1e-3),
    "LMModel2": Recipe(4, 1e-3),
    "LMModel3": Recipe(10, 3e-3),
    "LMModel4": Recipe(15, 3e-3),
}


def run(settings: LessonSettings) -> Iterator[Shown]:
    """Make the text, train the four models and compare them."""
    text = NumberWords.made()
    yield (
        "The text is the numbers from one to nine thousand nine hundred ninety nine, in words, "
        "with a point between them. A model that has understood makes no mistake."
    )
    examples = list(windows(text.ids, SHORT))
    shown = [
        (" ".join(text.decoded(x)), text.words[y], f"{x.tolist()} -> {y}")
        for x, y in islice(examples, 4)
    ]
    yield Figures("The first windows of three words", ("x", "y", "ids"), shown)
    target, share = _most_common(text)
    yield f"Always guessing {target!r}, the most frequent target, is right {share:.4f} of the time."
    outcomes = {}
    for name in MODELS:
        outcomes[name] = _trained(name, text, settings)
        book = f"{BOOK[name]:.3f}"
        got = outcomes[name]
        yield f"{name}: accuracy {got.accuracy:.3f}, book {book}, {got.seconds:.1f} seconds."
    yield Figures(
        f"Accuracy on the last fifth of the text, seed {settings.seed}",
        ("model", "epochs", "book", "here", "here, best epoch"),
        [(n, RECIPES[n].epochs, BOOK[n], o.accuracy, o.best) for n, o in outcomes.items()],
    )
    yield from _checks_of_text(text, examples)
    if not settings.quick:
        for name, outcome in outcomes.items():
            yield at_least(f"{name} reaches the book's", outcome.best, BOOK[name] - MARGIN)
    yield from _checks_of_models(text)


def _trained(name: str, text: NumberWords, settings: LessonSettings) -> Outcome:
    recipe = RECIPES[name]
    if settings.quick:
        recipe = recipe._replace(epochs=1)
    keeps_state = name in {"LMModel3", "LMModel4"}
    steps = LONG if name == "LMModel4" else SHORT
    batches = text.splits(steps) if keeps_state else text.undealt(steps)
    _, outcome = train(lambda: MODELS[name](len(text.words)), batches, recipe, seed=settings.seed)
    return outcome


def _most_common(text: NumberWords) -> tuple[str, float]:
    targets = [target for _, target in windows(text.ids, SHORT)]
    counts = torch.bincount(torch.tensor(targets[int(TRAIN_SHARE * len(targets)) :]))
    return text.words[int(counts.argmax())], float(counts.max() / counts.sum())


def _checks_of_text(text: NumberWords, examples: list[tuple[Tensor, int]]) -> Iterator[Check]:
    sizes = len(lines()), len(text.ids), len(text.words), len(examples)
    yield Check(
        "9,998 lines are 63,095 tokens of 30 words, in 21,031 windows of three",
        sizes == (9998, 63_095, 30, 21_031),
        ", ".join(f"{size:,}" for size in sizes),
    )
    first = [(x.tolist(), y) for x, y in examples[:3]]
    yield Check(
        "the first windows are the book's",
        first == [([0, 1, 2], 1), ([1, 3, 1], 4), ([4, 1, 5], 1)],
        str(first),
    )


def _checks_of_models(text: NumberWords) -> Iterator[Check]:
    """Compare each model with the one before, and the last with torch's layer."""
    torch.manual_seed(0)
    models = {name: make(len(text.words)).double() for name, make in MODELS.items()}
    first, *others = models.values()
    for other in others:
        other.load_state_dict(first.state_dict())
    batches = list(islice(text.splits(SHORT).train.batches(0), 2))
    yield from _loop_is_unrolled(models, batches[0].tokens)
    yield from _state_is_cut(models["LMModel3"], batches)
    long = torch.cat([batch.tokens for batch in batches], 1)
    yield same(
        "LMModel4 says behind the last word what LMModel3 says",
        models["LMModel4"](long).logits[:, -1],
        models["LMModel3"](long).logits,
    )
    last = LMModel4(len(text.words)).double()
    last.load_state_dict(first.state_dict())
    yield from _loop_is_torchs(last, last.layers, long)


def _loop_is_unrolled(models: dict[str, nn.Module], tokens: Tensor) -> Iterator[Check]:
    written, loop = models["LMModel1"], models["LMModel2"]
    a, b = written(tokens).logits, loop(tokens).logits
    yield same("LMModel2's loop gives what LMModel1 writes out", b, a)
    yield same(
        "and its gradients",
        gradients(weighed(b), list(loop.parameters())),
        gradients(weighed(a), list(written.parameters())),
    )


def _state_is_cut(model: nn.Module, batches: list[StreamBatch]) -> Iterator[Check]:
    first, second = (batch.tokens for batch in batches)
    parameters = list(model.parameters())
    state = model(first).state
    going_on, cut = model(second, state).logits, model(second, state.detach()).logits
    whole = model(torch.cat([first, second], 1)).logits
    yield same("A state handed on, detached or not, gives what one long window gives", cut, whole)
    yield same(
        "Not detached, gradients are those of the long window",
        gradients(weighed(going_on), parameters),
        gradients(weighed(whole), parameters),
    )
    [reached] = torch.autograd.grad(weighed(going_on), state)
    yield Check(
        "Detached, no gradient reaches the batch before",
        bool(reached.any()) and not state.detach().requires_grad,
        f"not detached, {int(reached.any(1).sum())} of {len(state)} rows get one",
    )


def _loop_is_torchs(model: nn.Module, layers: Layers, tokens: Tensor) -> Iterator[Check]:
    """Compare the loop with `torch.nn.RNN`, whose two weights and biases are made one."""
    rnn = nn.RNN(HIDDEN, HIDDEN, nonlinearity="relu", batch_first=True).double()
    w_ih, w_hh, b_ih, b_hh = weights = list(rnn.parameters())
    w_ih.data.copy_(layers.recurrent.weight.data)
    w_hh.data.copy_(layers.recurrent.weight.data)
    b_ih.data.copy_(layers.recurrent.bias.data)
    b_hh.data.zero_()
    built = model(tokens).logits
    torchs = layers.decoder(rnn(layers.embedding(tokens))[0])
    yield same("The loop is torch.nn.RNN with ReLU, its two weights equal", built, torchs)
    both = gradients(weighed(torchs), weights)
    yield same(
        "and the gradient of the one weight is the sum of those of the two",
        gradients(weighed(built), [layers.recurrent.weight, layers.recurrent.bias]),
        [both[0] + both[1], both[2]],
    )


def what_a_model_can_know() -> str:
    """Count the windows of three words that are followed by more than one word."""
    ids = NumberWords.made().ids
    found: dict[tuple[int, ...], dict[int, int]] = {}
    for x, y in windows(ids, SHORT):
        counts = found.setdefault(tuple(x.tolist()), {})
        counts[y] = counts.get(y, 0) + 1
    right = sum(max(counts.values()) for counts in found.values())
    total = sum(sum(counts.values()) for counts in found.values())
    return (
        f"No. Who had seen the whole text and knew the most frequent word behind each of the "
        f"{len(found):,} different windows would be right {right / total:.3f} of the time. To "
        "know more, one has to remember more than three words."
    )


def two_readers() -> str:
    """Let two readers share a state, as they would where the model keeps it."""
    torch.manual_seed(0)
    model = LMModel3(30)
    mine, other = torch.randint(30, (2, 4, SHORT))
    state = model(mine).state
    alone = model(mine, state).logits
    disturbed = model(mine, model(other, state).state).logits
    off = (alone - disturbed).detach().abs().max().item()
    return (
        f"A second reader in between changes my logits by up to {off:.2f}. And who forgets to "
        "reset it begins the validation text with the training text's state. Given and returned, "
        "a state belongs to whoever reads."
    )


def how_much_more_signal() -> str:
    """Count the targets of one epoch for windows with one target and with all."""
    splits = NumberWords.made().splits(SHORT)
    one = splits.train.step_count * splits.train.batch_size
    return (
        f"From the same text, {one:,} targets an epoch where only the word behind each three "
        f"counts, {splits.train.token_count:,} where each does. The state has to be right at "
        "every step, not at every third."
    )


def why_detach() -> str:
    """Count the steps that a gradient would go through in the last batch of an epoch."""
    splits = NumberWords.made().splits(LONG)
    return (
        f"The last batch of an epoch would be {splits.train.row_length} steps deep, all of whose "
        f"states would have to be kept; detached, it is {LONG}. What the state holds is the same."
    )


LESSON = Lesson(
    run,
    (
        Question("Can a model that sees three words count?", what_a_model_can_know),
        Question("The book keeps the state on the model. What goes wrong?", two_readers),
        Question("How much more is there to learn from all positions?", how_much_more_signal),
        Question("Why is the state detached between batches?", why_detach),
    ),
    beside=("number_words", "looped_models", "number_training"),
)
