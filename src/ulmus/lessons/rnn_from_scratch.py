"""A character model of The Time Machine from scratch: it ends knowing its text by heart.

After the D2L book, chapter "Recurrent Neural Networks": one-hot characters, parameters drawn by
hand, a state in a tuple, gradient clipping, and two ways to cut a text into batches. 10,000
characters, 32 rows of 35 steps, 512 features, learning rate 1, 500 epochs.
"""

import math
from collections.abc import Iterator

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ulmus.batches.contiguous import ContiguousBatches
from ulmus.batches.documents import EncodedDocuments
from ulmus.lessons.character_batches import random_batches, sequential_batches
from ulmus.lessons.character_model import (
    FromScratch,
    Parameters,
    WithTorch,
    continued,
    rnn,
)
from ulmus.lessons.character_training import Plan, Trained, clip, descend, train
from ulmus.lessons.curve_plot import plot_perplexities
from ulmus.lessons.frame import (
    Check,
    Figures,
    Lesson,
    LessonSettings,
    Picture,
    Question,
    Shown,
    at_most,
    gradients,
    same,
    weighed,
)
from ulmus.lessons.wells import THE_TIME_MACHINE, CharacterText, read_book
from ulmus.training.optimizers import GradientDescent

CHARACTERS = 10_000
HIDDEN, QUICK_HIDDEN = 512, 64
QUICK_EPOCHS = 20
PREFIXES = ("time traveller ", "traveller ")
CONTINUED = 50

BOOK = {"in sequence": "1.0", "at random": "1.4 to 1.5", "in sequence, torch's layer": "-"}
"""Perplexities; tokens a second were 32,184 (MXNet), 75,622 (PyTorch) and 10,389 (TensorFlow)."""

MOST = {"in sequence": 1.05, "at random": 1.5}
"""What perplexity must come down to at the book's settings."""


def run(settings: LessonSettings) -> Iterator[Shown]:
    """Train the network in three ways, let it write, and compare its parts."""
    text = CharacterText.of(read_book(THE_TIME_MACHINE, settings.text), CHARACTERS)
    size = len(text.characters)
    hidden = QUICK_HIDDEN if settings.quick else HIDDEN
    yield (
        f"{len(text.ids):,} characters, {size} different ones. Each is read as a vector with a "
        "single 1; so the first product picks a row of a matrix, as an embedding does."
    )
    torch.manual_seed(settings.seed)
    fresh = FromScratch(size, hidden)
    yield f"Before training: {continued(fresh, text, PREFIXES[0], CONTINUED)!r}."
    plan = Plan(seed=settings.seed, epochs=QUICK_EPOCHS if settings.quick else Plan().epochs)
    results: dict[str, Trained] = {}
    written: list[tuple[str, str]] = []
    for name, model, how in (
        ("in sequence", FromScratch(size, hidden), plan),
        ("at random", FromScratch(size, hidden), plan._replace(random=True)),
        ("in sequence, torch's layer", WithTorch(size, hidden), plan),
    ):
        results[name] = train(model, text, how)
        yield f"Trained {name}: perplexity {results[name].perplexities[-1]:.3f}."
        written += [(name, continued(model, text, each, CONTINUED)) for each in PREFIXES]
    yield _table(results)
    yield Figures(f"{PREFIXES[0]!r} and {PREFIXES[1]!r} go on", ("batches", "text"), written)
    curves = {name: result.perplexities for name, result in results.items()}
    yield Picture("perplexity", lambda path: plot_perplexities(path, curves, "The Time Machine"))
    ratio = results["in sequence, torch's layer"].speed / results["in sequence"].speed
    yield f"torch's layer, one call a batch instead of 35 steps, is {ratio:.2f} times as fast."
    if not settings.quick:
        for name, most in MOST.items():
            yield at_most(f"Perplexity {name}", results[name].perplexities[-1], most)
    yield from _checks(text)


def _table(results: dict[str, Trained]) -> Figures:
    rows = [
        (
            *(name, BOOK[name], f"{result.perplexities[-1]:.3f}", f"{result.speed:,.0f}"),
            f"{result.seconds:.1f}",
        )
        for name, result in results.items()
    ]
    columns = ("batches", "book", "perplexity", "tokens a second", "seconds")
    return Figures("Perplexity of the training text in the last epoch", columns, rows)


def _checks(text: CharacterText) -> Iterator[Check]:
    torch.manual_seed(0)
    size = len(text.characters)
    generator = torch.Generator().manual_seed(0)
    tokens, targets = next(random_batches(text.ids, 4, 9, generator))
    yield from _network_is_torchs(size, tokens, targets)
    yield from _step_is_the_librarys(size, tokens, targets)
    yield _batches_are_the_librarys(text)


def _network_is_torchs(size: int, tokens: Tensor, targets: Tensor) -> Iterator[Check]:
    mine, torchs = FromScratch(size, 16), WithTorch(size, 16).double()
    weights = Parameters(*(w.detach().double().requires_grad_() for w in mine.weights))
    layer = list(torchs.parameters())
    copied = (weights.from_input.T, weights.from_state.T, weights.hidden_bias)
    for given, wanted in zip((*layer[:3], *layer[4:]), (*copied, *_decoder(weights)), strict=True):
        given.data.copy_(wanted.data)
    layer[3].data.zero_()  # torch has two biases, which are added
    inputs = F.one_hot(tokens.t(), size).double()  # (T, B, V)
    state = torch.randn(len(tokens), 16, dtype=torch.float64)
    built, (last,) = rnn(inputs, (state,), weights)
    outputs, end = torchs.layer(inputs, state[None])
    wanted = torchs.decoder(outputs.flatten(0, 1))
    yield same("rnn is torch.nn.RNN with a linear layer", [built, last], [wanted, end[0]])
    by_hand = gradients(weighed(built), list(weights))
    by_torch = gradients(weighed(wanted), layer)
    in_order = (by_torch[0].T, by_torch[1].T, by_torch[2], by_torch[4].T, by_torch[5])
    yield same("and so are its gradients", by_hand, in_order)
    loss = F.cross_entropy(wanted, targets.t().flatten())
    chosen = built.log_softmax(1)[torch.arange(len(built)), targets.t().flatten()]
    yield same("Perplexity is exp of the mean cross-entropy", (-chosen.mean()).exp(), loss.exp())


def _decoder(weights: Parameters) -> tuple[Tensor, Tensor]:
    return weights.to_output.T, weights.output_bias


def _step_is_the_librarys(size: int, tokens: Tensor, targets: Tensor) -> Iterator[Check]:
    """Take a clipped step by hand and with the library's optimizer."""
    models = [FromScratch(size, 16) for _ in range(2)]
    for mine, other in zip(*(model.weights for model in models), strict=True):
        other.data.copy_(mine.data)
    for model in models:
        logits, _ = model(tokens, model.first_state(len(tokens)))
        F.cross_entropy(logits, targets.t().flatten()).backward()
    limit = 0.01
    mine, other = (list(model.weights) for model in models)
    norm = clip(mine, limit)
    wanted = nn.utils.clip_grad_norm_(other, limit)
    yield same("The clipped norm is torch's", torch.tensor(norm), wanted)
    descend(mine, 1.0)
    parameters = [nn.Parameter(tensor.detach()) for tensor in other]
    for parameter, tensor in zip(parameters, other, strict=True):
        parameter.grad = tensor.grad
    GradientDescent([{"params": parameters, "lr": 1.0, "weight_decay": 0.0}]).step()
    yield same("A clipped step is the library's GradientDescent", mine, parameters)


def _batches_are_the_librarys(text: CharacterText) -> Check:
    generator = torch.Generator().manual_seed(0)
    offset = int(torch.randint(36, (), generator=generator))
    generator.manual_seed(0)
    built = list(sequential_batches(text.ids, 32, 35, generator))
    documents = EncodedDocuments.join([text.ids[offset:].numpy()])
    library = ContiguousBatches(documents, batch_size=32, sequence_length=35, shuffle=False)
    wanted = list(library.batches(0))[: len(built)]
    return same(
        "Sequential batches are the library's, but for a last one that is shorter",
        [part for pair in built for part in pair],
        [part for batch in wanted for part in batch],
        tolerance=0,
    )


def why_perplexity_of_28() -> str:
    """Compute the perplexity of guessing."""
    logits = torch.zeros(10, 28)
    guess = F.cross_entropy(logits, torch.arange(10)).exp().item()
    return (
        f"{guess:.0f}: as many as there are characters, if all are said to be equally likely. A "
        "perplexity of 1 is certainty that is right; 2 is as unsure as of a tossed coin."
    )


def why_random_is_worse() -> str:
    """Count the characters that a window knows before its targets."""
    steps = Plan().steps
    known = sum(range(1, steps + 1)) / steps
    return (
        f"A window at a random place begins with an empty state, and its targets have {known:.0f} "
        "characters before them on average; in sequence, all of the row. The first characters of "
        f"a window are guessed from one or two: were each of 3 in {steps} as uncertain as 1 of 12 "
        f"and the rest certain, perplexity would be {math.exp(3 / steps * math.log(12)):.2f}."
    )


def what_is_learned() -> str:
    """Compare the number of weights with the text."""
    weights = sum(parameter.numel() for parameter in FromScratch(28, HIDDEN).parameters())
    return (
        f"By heart: {weights:,} weights for {CHARACTERS:,} characters. On any other text it is "
        "worse than counting letters; the validation text that is missing here is why the library "
        "judges every epoch by text that was not learned from."
    )


def why_steps_before_batch() -> str:
    """Look at what a step reads in both orders of the axes."""
    first, behind = torch.zeros(35, 32, 512)[0], torch.zeros(32, 35, 512)[:, 0]
    kinds = ["in one piece" if step.is_contiguous() else "in pieces" for step in (first, behind)]
    return (
        f"What a step reads then lies in memory {kinds[0]}; with the batch first it lies "
        f"{kinds[1]}. The library has the batch first, as most code has, and turns it where it "
        "computes."
    )


LESSON = Lesson(
    run,
    (
        Question("What perplexity has a model that knows nothing?", why_perplexity_of_28),
        Question("Why does random cutting end at 1.4 or 1.5?", why_random_is_worse),
        Question("What has the network learned at a perplexity of 1?", what_is_learned),
        Question("Why do steps come before the batch here?", why_steps_before_batch),
    ),
    beside=("wells", "character_batches", "character_model", "character_training"),
    reads_text=True,
)
