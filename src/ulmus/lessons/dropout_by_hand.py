"""Dropout by hand: Bernoulli masks, why they are scaled, and the five dropouts of AWD-LSTM.

A mask cannot be drawn the same way twice, so the comparison goes backwards: the library's part
drops something, one looks at what is gone, and the hand-made formula with that mask must give the
same values and the same gradients.
"""

import statistics
from collections.abc import Iterator

import torch
from torch import Tensor, nn

from ulmus.lessons.frame import (
    Check,
    Figures,
    Lesson,
    LessonSettings,
    Question,
    Shown,
    at_most,
    gradients,
    same,
    weighed,
)
from ulmus.lessons.handmade_dropouts import (
    Dropout,
    bernoulli_mask,
    embedding_dropout,
    sequence_dropout,
    weight_dropout,
)
from ulmus.models.awd_lstm import AwdLstm, AwdLstmSettings, Dropouts
from ulmus.nn import dropouts

P = 0.4
SIZE = 200_000
VOCABULARY, FEATURES, BATCH, STEPS = 12, 6, 4, 5

CLOSE = 0.01
"""How far the share of zeros may be from p by chance: nine deviations of so many draws."""


def run(settings: LessonSettings) -> Iterator[Shown]:
    """Draw masks, look at what they leave, and compare all dropouts with the library's."""
    torch.manual_seed(settings.seed)
    yield (
        "Dropout sets values to 0 by chance, anew at each step of training, so that no feature can "
        "rely on another. What is left is scaled by 1/(1-p): then the mean is as it was, and a "
        "model that is used, where nothing is dropped, sees the sizes it was trained with."
    )
    values = torch.ones(SIZE)
    layer, plain = Dropout(P), torch.rand(SIZE) >= P
    rows = [
        ("training, scaled", *_moments(layer(values))),
        ("training, not scaled", *_moments(values * plain)),
        ("evaluation", *_moments(layer.eval()(values))),
    ]
    columns = ("ones after dropout", "share of zeros", "largest", "mean")
    yield Figures(f"Dropout with p = {P}", columns, rows)
    yield (
        "A recurrent network with a new mask at each step forgets: what is needed ten steps later "
        "must survive ten draws. AWD-LSTM draws one mask a sequence, and five kinds of them: whole "
        "words of the embedding, features of the input, weights from state to state, features "
        "between layers, features of the output."
    )
    yield _what_survives()
    yield from _single_values()
    yield from _words()
    yield from _features()
    yield from _weights()
    yield from _five_in_one()


def _moments(values: Tensor) -> tuple[float, float, float]:
    zeros = (values == 0).double().mean().item()
    return zeros, values.max().item(), values.double().mean().item()


def _what_survives() -> Figures:
    """Show which features of a row are there at each of five steps, by both ways of drawing."""
    ones = torch.ones(1, STEPS, 8)
    rows = []
    for name, mask in (
        ("a mask each step", bernoulli_mask((1, STEPS, 8), P)),
        ("one mask a sequence", bernoulli_mask((1, 1, 8), P)),
    ):
        left = sequence_dropout(ones, mask)[0] > 0
        shown = ("".join("x" if there else "." for there in step) for step in left)
        rows.append((name, *shown, f"{int(left.all(0).sum())} of 8"))
    steps = (f"step {t + 1}" for t in range(STEPS))
    return Figures("Features that are left", ("drawn", *steps, "at all steps"), rows)


def _single_values() -> Iterator[Check]:
    for name, layer in (("by hand", Dropout(P)), ("torch.nn.Dropout", nn.Dropout(P))):
        zeros, largest, mean = _moments(layer(torch.ones(SIZE)))
        off = max(abs(zeros - P), abs(largest - 1 / (1 - P)), abs(mean - 1))
        yield at_most(f"Share p of zeros, 1/(1-p) else, mean 1: {name}", off, CLOSE)
    values = torch.randn(7)
    yield same("In evaluation nothing is dropped", Dropout(P).eval()(values), values, tolerance=0)
    yield _drops_as_the_library("Single values, against the library's mask", values[:, None])


def _drops_as_the_library(what: str, values: Tensor) -> Check:
    mask = dropouts.dropout_mask(values, values.shape, P)
    return same(what, values * mask, torch.where(mask > 0, values / (1 - P), 0.0))


def _words() -> Iterator[Check]:
    """Compare embedding dropout."""
    weight = torch.randn(VOCABULARY, FEATURES, dtype=torch.float64, requires_grad=True)
    tokens = torch.arange(VOCABULARY).repeat(2, 1)  # (2, V)
    wanted = dropouts.embed(tokens, weight, P, training=True)
    mask = _mask_of(wanted[:1].transpose(0, 1)[:, :, :1])[:, :, 0]  # (V, 1)
    built = embedding_dropout(tokens, weight, mask)
    yield same("Embedding dropout drops whole words", built, wanted)
    yield same(
        "and their gradients",
        gradients(weighed(built), [weight]),
        gradients(weighed(wanted), [weight]),
    )


def _features() -> Iterator[Check]:
    """Compare the dropout of input, hidden layers and output."""
    values = torch.randn(BATCH, STEPS, FEATURES, dtype=torch.float64, requires_grad=True)
    wanted = dropouts.sequence_dropout(values, P, training=True)
    mask = _mask_of(wanted[:, :1])
    built = sequence_dropout(values, mask)
    yield same("Input, hidden and output dropout: one mask a sequence", built, wanted)
    yield same(
        "and its gradients",
        gradients(weighed(built), [values]),
        gradients(weighed(wanted), [values]),
    )


def _weights() -> Iterator[Check]:
    """Compare weight dropout, and look at the gradient of the raw weight."""
    raw = torch.randn(4 * FEATURES, FEATURES, dtype=torch.float64, requires_grad=True)
    wanted = dropouts.drop_weight(raw, P, training=True)
    mask = _mask_of(wanted)
    built = weight_dropout(raw, mask)
    # The library rounds p to a multiple of 1/65,536 on a CPU, and scales by what that leaves.
    yield same("Weight dropout drops single weights", built, wanted, tolerance=1e-4)
    [by_hand], [by_library] = (gradients(weighed(each), [raw]) for each in (built, wanted))
    yield same("and their gradients", by_hand, by_library, tolerance=1e-4)
    yield same("0 where a weight was dropped", by_library * (mask == 0), torch.zeros_like(raw))


def _mask_of(dropped: Tensor) -> Tensor:
    """Return the mask that explains which values are 0."""
    return (dropped != 0).detach().to(dropped) / (1 - P)


def _five_in_one() -> Iterator[Check]:
    """Let AWD-LSTM draw all five, and none where it is not trained."""
    torch.manual_seed(0)
    every = Dropouts(**dict.fromkeys(Dropouts.model_fields, 0.5))
    size = AwdLstmSettings(embedding_size=FEATURES, hidden_size=8, layer_count=2)
    encoder = AwdLstm(size, VOCABULARY, every).double()
    tokens = torch.randint(VOCABULARY, (BATCH, STEPS))
    first, second = encoder(tokens), encoder(tokens)
    gone = (first.dropped == 0).all(1).double().mean().item()
    yield Check(
        "AWD-LSTM drops the same output features at all steps, others the next time",
        bool(((first.dropped == 0) == (first.dropped[:, :1] == 0)).all())
        and not first.dropped.equal(second.dropped),
        f"{gone:.0%} of the features are gone",
    )
    encoder.eval()
    yield same(
        "In evaluation it gives the same twice, and drops nothing",
        encoder(tokens).dropped,
        encoder(tokens).raw,
        tolerance=0,
    )


def scaling_in_use() -> str:
    """Compare the sum that a unit sees with and without scaling."""
    torch.manual_seed(0)
    scaled = [bernoulli_mask((100,), P).sum().item() for _ in range(1000)]
    return (
        f"A unit with 100 inputs of 1 sees {statistics.fmean(scaled):.1f} on average in training "
        "with scaled masks, and 100 in use. Without scaling it would be trained with 60."
    )


def whose_p() -> str:
    """Show a layer whose probability is not the one that is in the air."""
    torch.manual_seed(0)
    p = 0.9  # as in a notebook, where a p is lying around
    zeros = (Dropout(0.1)(torch.ones(SIZE)) == 0).double().mean().item()
    return (
        f"Its own: Dropout(0.1) drops {zeros:.2f} though a global p is {p}. The text's forward "
        "says p where it has to say self.p, and so takes whatever p is there."
    )


def survivors() -> str:
    """Compute how many features survive a sequence with a mask a step and with one in all."""
    told = ", ".join(f"{n} steps: {(1 - P) ** n:.2g} against {1 - P:.1f}" for n in (1, 10, 70))
    return (
        f"The share of features that are never dropped: {told}. With a mask a step hardly any "
        "feature can carry something through a sentence."
    )


def rare_words() -> str:
    """Count the occurrences of a word that embedding dropout leaves, and single dropout."""
    torch.manual_seed(0)
    weight, tokens = torch.ones(VOCABULARY, 1), torch.zeros(1, 10, dtype=torch.long)
    word = [int(dropouts.embed(tokens, weight, 0.5, training=True).count_nonzero()) for _ in "abcd"]
    single = [int(nn.Dropout(0.5)(weight[tokens]).count_nonzero()) for _ in "abcd"]
    return (
        f"Of ten occurrences in a text, four draws leave {word}; with a mask a place {single}. A "
        "word that is gone is gone from the whole text, and the model has to do without it."
    )


LESSON = Lesson(
    run,
    (
        Question("Why is what is left scaled by 1/(1-p)?", scaling_in_use),
        Question("Whose p does a dropout layer use?", whose_p),
        Question("Why one mask for all steps of a sequence?", survivors),
        Question("Why does embedding dropout drop words and not places?", rare_words),
    ),
    beside=("handmade_dropouts",),
)
