"""The books' exercises as functions that run: the D2L book's on characters, fastbook's on cells.

Each is a function that shows what it found, in `character_exercises` and `cell_exercises`. They
train many small networks; at full size it takes some minutes.
"""

import math
from collections.abc import Iterator

import torch

from ulmus.errors import SourceError
from ulmus.lessons.cell_exercises import CONCEPTS, awd_lstm_taken_apart, cells_from_scratch
from ulmus.lessons.character_exercises import (
    Scene,
    another_book,
    one_hot_is_an_embedding,
    relu_for_tanh,
    sampling,
    sharpened,
    tuning,
    without_clipping,
    without_detaching,
)
from ulmus.lessons.character_model import FromScratch
from ulmus.lessons.character_training import Plan
from ulmus.lessons.frame import Check, Lesson, LessonSettings, Question, Shown
from ulmus.lessons.wells import (
    THE_TIME_MACHINE,
    THE_WAR_OF_THE_WORLDS,
    CharacterText,
    read_book,
)

CHARACTERS = 10_000
HIDDEN, EPOCHS = 256, 200
QUICK_HIDDEN, QUICK_EPOCHS = 32, 3
CELL_STEPS, QUICK_CELL_STEPS = 49, 5


def scene_for(settings: LessonSettings) -> Scene:
    """Return the texts and sizes of the exercises."""
    text = CharacterText.of(read_book(THE_TIME_MACHINE, settings.text), CHARACTERS)
    try:
        other = text.with_(read_book(THE_WAR_OF_THE_WORLDS), CHARACTERS)
    except SourceError:  # one exercise then says so
        other = None
    epochs = QUICK_EPOCHS if settings.quick else EPOCHS
    hidden = QUICK_HIDDEN if settings.quick else HIDDEN
    return Scene(text, other, hidden, Plan(epochs=epochs, seed=settings.seed))


def run(settings: LessonSettings) -> Iterator[Shown]:
    """Do all exercises, one after the other; the checks are shown last."""
    scene = scene_for(settings)
    steps = QUICK_CELL_STEPS if settings.quick else CELL_STEPS
    checks: list[Check] = []
    for name, shown in (
        ("D2L 1: one-hot vectors and an embedding", one_hot_is_an_embedding(scene)),
        ("D2L 2: how low can perplexity go", tuning(scene)),
        ("D2L 3: another book", another_book(scene)),
        ("D2L 4: sampling in the place of the most probable", sampling(scene)),
        ("D2L 5: no clipping", without_clipping(scene)),
        ("D2L 6: no detaching", without_detaching(scene)),
        ("D2L 7: ReLU", relu_for_tanh(scene)),
        ("fastbook 1 and 2: LSTM and GRU from scratch", cells_from_scratch(steps)),
        ("fastbook 3: AWD-LSTM, idea by idea", awd_lstm_taken_apart()),
    ):
        yield f"--- {name}"
        for each in shown:
            if isinstance(each, Check):
                checks.append(each)
            else:
                yield each
    yield from checks


def what_alpha_does() -> str:
    """Raise three probabilities to several powers."""
    logits = torch.tensor([0.6, 0.3, 0.1]).log()
    told = []
    for alpha in (0.0, 0.5, 1.0, 2.0, 8.0):
        values = " ".join(f"{value:.2f}" for value in sharpened(logits, alpha))
        told.append(f"alpha {alpha:g}: {values}")
    return f"{'; '.join(told)}. Above 1 the probable gains, below 1 the improbable."


def why_an_embedding() -> str:
    """Compare what a batch's one-hot vectors and ids take."""
    batch, words = 64 * 70, 60_000
    return (
        f"{batch * words * 4 / 1e9:.1f} GB for the one-hot vectors of 64 rows of 70 words out of "
        f"{words:,}, and {batch * 8 / 1e3:.0f} kB for their ids."
    )


def how_far_back() -> str:
    """Compute how much of a gradient is left after an epoch's steps."""
    steps = CHARACTERS // 32
    left = steps * math.log10(0.9)
    return (
        f"With 10,000 characters in 32 rows an epoch is {steps} steps. If each step leaves 0.9 of "
        f"the gradient, 1e{left:.0f} of it reaches the beginning."
    )


def how_many_more() -> str:
    """Count what is learned in a network of characters and what AWD-LSTM adds to it."""
    weights = sum(p.numel() for p in FromScratch(28, HIDDEN).parameters())
    return (
        f"Hardly any: of the {len(CONCEPTS)} ideas only gates cost weights ({weights:,} here, four "
        "times as many in an LSTM), and tying saves some. The others are in how it is trained."
    )


LESSON = Lesson(
    run,
    (
        Question("What does alpha do?", what_alpha_does),
        Question("Why does nobody multiply by one-hot vectors?", why_an_embedding),
        Question("What would be gained by never detaching?", how_far_back),
        Question("How many more weights do AWD-LSTM's ideas need?", how_many_more),
    ),
    beside=("character_exercises", "cell_exercises", "character_model", "character_training"),
    reads_text=True,
)
