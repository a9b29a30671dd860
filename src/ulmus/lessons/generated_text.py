"""Floods of generated comments: what they do, what betrays them, and what does not.

The example is that of the fast.ai course: of 22 million comments to one consultation in the USA
only 800,000 were unique.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import islice, pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import numpy as np
import torch
from sklearn.metrics import precision_score, recall_score

from ulmus.bundle.language_model import LanguageModelBundle
from ulmus.evaluation.duplicates import near_copies
from ulmus.lessons.floods import (
    FORM,
    LIKENESS,
    Found,
    copied,
    filled_forms,
    generated,
    judged,
    likeness,
    shortened,
    surprise,
    too_smooth,
)
from ulmus.lessons.frame import (
    Check,
    Figures,
    Lesson,
    LessonSettings,
    Question,
    Shown,
    at_least,
    same,
)
from ulmus.recipes.docstrings import STANDARD_LIBRARY, docstrings
from ulmus.recipes.language_model_settings import LanguageModelSettings
from ulmus.recipes.prepare import PrepareSettings, Sources, prepare
from ulmus.recipes.pretrain import pretrain
from ulmus.training.engine import Engine, EngineSettings

TEMPERATURES = (0.2, 0.5, 0.8, 1.0)
OPENINGS = 20
"""Pairs of words with which the flooder lets texts begin."""

FORM_LETTERS = "one letter, words exchanged"


class Size(NamedTuple):
    """How much is read and written.

    Args:
        learned: Texts that each language model learns from, at most.
        honest: Texts of people among which the flood is, and as many to compare with.
        flood: Texts of a flood.
        model: Preset of the language models.
        epochs: Of their training.
    """

    learned: int
    honest: int
    flood: int
    model: str
    epochs: int


FULL = Size(1000, 300, 300, "small", 8)
QUICK = Size(60, 30, 12, "tiny", 1)


class World(NamedTuple):
    """Texts of people, and the language models of who floods and of who looks for floods.

    Attributes:
        honest: Texts among which a flood is.
        known: Texts of people that the search may compare with.
        openings: How the flooder's texts begin most often.
        flooder: Writes.
        defender: Searches.
    """

    honest: list[str]
    known: list[str]
    openings: list[str]
    flooder: LanguageModelBundle
    defender: LanguageModelBundle


def run(settings: LessonSettings) -> Iterator[Shown]:
    """Make floods of several kinds, mix them with honest texts, and look for them."""
    size = QUICK if settings.quick else FULL
    yield (
        "Whoever answers a public consultation a million times under invented names drowns those "
        "who answered once, and makes a majority that is none: those who decide are deceived, and "
        "those who wrote are silenced. Of 22 million comments to one consultation in the USA only "
        "800,000 were unique. This lesson looks for such floods, and says what it cannot find."
    )
    yield (
        "Docstrings of Python's standard library stand for what people wrote. Two language models "
        "learned from other docstrings: the one writes the floods, the other, which has seen none "
        "of the first one's texts, tells how surprising a text is."
    )
    world = made_world(size, settings.seed)
    floods = made_floods(world, size, settings.seed)
    yield Figures(
        "One text of each flood", ("flood", "text"), [(n, f[0][:90]) for n, f in floods.items()]
    )
    rows, found = [], {}
    expected = surprise(world.defender, world.known)
    rows.append(("people's own", *_spread(expected), *["-"] * 4))
    for name, flood in floods.items():
        found[name], spread = _search(world, flood, expected)
        figures = [f"{value:.2f}" for each in found[name] for value in each]
        rows.append((name, *spread, *figures))
    columns = ("flood", "surprise", "spread", "copies: precision", "recall")
    yield Figures(
        "Found as near-copies, and as improbably smooth",
        (*columns, "smooth: precision", "recall"),
        rows,
    )
    yield (
        "Near-copies give away what was made from one letter, and a model that is kept to its most "
        "probable words, for it repeats itself. Surprise, in bits a token, gives away texts that "
        "are easier to foresee than nearly all that people write; and a spread much smaller than "
        "theirs, as that of the letters, betrays a flood as a whole. A good model that draws "
        "freely passes both, and so do texts rewritten by hand: what is not found is not proved "
        "to be honest. And who signs a letter that a club has written is a person all the same; "
        "copies are a reason to ask who sent them, not to throw them away."
    )
    if not settings.quick:
        copies, _ = found[FORM_LETTERS]
        yield at_least("Form letters are found as near-copies, recall", copies.recall, 0.9)
        yield at_least("and precision", copies.precision, 0.8)
        _, smooth = found[f"temperature {TEMPERATURES[0]}"]
        yield at_least("A cold model's flood is found as too smooth, recall", smooth.recall, 0.7)
    yield from _checks(world, floods)


def made_world(size: Size, seed: int) -> World:
    """Read the texts and train both language models, each on texts of its own."""
    count = 2 * size.learned + 2 * size.honest
    texts = list(dict.fromkeys(map(shortened, islice(docstrings(STANDARD_LIBRARY), 2 * count))))
    order = np.random.default_rng(seed).permutation(len(texts))
    texts = [texts[place] for place in order[:count]]
    honest = size.honest
    learned = min(size.learned, (len(texts) - 2 * honest) // 2)  # some Pythons have fewer
    parts = np.cumsum([0, learned, learned, honest, honest])
    flooder, defender, people, known = (texts[a:b] for a, b in pairwise(parts))
    begun = Counter(" ".join(text.split()[:2]) for text in flooder)
    engine = Engine(EngineSettings(device="cpu", seed=seed))
    with TemporaryDirectory() as folder:
        models = [
            _trained(part, Path(folder) / name, size, engine)
            for name, part in (("flooder", flooder), ("defender", defender))
        ]
    openings = [opening for opening, _ in begun.most_common(OPENINGS)]
    return World(people, known, openings, models[0], models[1])


def _trained(texts: Sequence[str], folder: Path, size: Size, engine: Engine) -> LanguageModelBundle:
    corpus = prepare(Sources(train=list(texts)), folder / "corpus", PrepareSettings(min_freq=2))
    how = LanguageModelSettings(model=size.model, epochs=size.epochs, batch_size=16)
    return pretrain(corpus, folder / "model", how, engine)


def made_floods(world: World, size: Size, seed: int) -> dict[str, list[str]]:
    """Return a flood of form letters, and one of generated texts for each temperature."""
    prompts = [world.openings[index % len(world.openings)] for index in range(size.flood)]
    floods = {FORM_LETTERS: filled_forms(size.flood, seed)}
    for temperature in TEMPERATURES:
        texts = generated(world.flooder, prompts, temperature, seed)
        floods[f"temperature {temperature}"] = texts
    return floods


def _spread(surprises: Sequence[float]) -> tuple[float, float]:
    return float(np.mean(surprises)), float(np.std(surprises))


def _search(
    world: World, flood: Sequence[str], expected: Sequence[float]
) -> tuple[tuple[Found, Found], tuple[float, float]]:
    """Look for a flood among honest texts; return what both ways found, and its surprise."""
    mixed = [*world.honest, *flood]
    made = set(range(len(world.honest), len(mixed)))
    surprises = surprise(world.defender, mixed)
    both = judged(copied(mixed), made), judged(too_smooth(surprises, expected), made)
    return both, _spread(surprises[len(world.honest) :])


def _checks(world: World, floods: dict[str, list[str]]) -> Iterator[Check]:
    """Compare likeness by hand with MinHash, and precision and recall with scikit-learn's."""
    texts = floods[FORM_LETTERS][:12]
    pairs = near_copies(texts, likeness=LIKENESS)
    exact = [likeness(texts[pair.first], texts[pair.second]) for pair in pairs]
    yield same(
        f"MinHash comes near the exact likeness of {len(pairs)} pairs",
        torch.tensor(exact),
        torch.tensor([pair.likeness for pair in pairs]),
        tolerance=0.2,  # four deviations of 128 draws
    )
    mixed = [*world.honest[:12], *texts]
    made = set(range(12, 24))
    named = copied(mixed)
    truth, said = ([index in each for index in range(24)] for each in (made, named))
    yield same(
        "Precision and recall by hand are scikit-learn's",
        torch.tensor(judged(named, made)),
        torch.tensor([precision_score(truth, said), recall_score(truth, said)]),
    )
    by_hand = surprise(world.defender, world.honest[:1])[0]
    per_token = world.defender.perplexity(world.honest[:1]).per_token
    yield same(
        "2 to the surprise of a text is its perplexity",
        torch.tensor(2.0).double() ** by_hand,
        torch.tensor(per_token).double(),
        tolerance=1e-3 * per_token,
    )


def how_many_letters() -> str:
    """Count the letters that one form makes, and how alike two of them are."""
    count = 1
    for choices in FORM:
        count *= len(choices)
    a, b = filled_forms(2, seed=1)
    return (
        f"{count:,} of {len(FORM)} choices. Two of them, '{a[:40]}...' and '{b[:40]}...', share "
        f"{likeness(a, b):.0%} of their runs of five characters; two texts that have nothing to do "
        "with each other hardly any."
    )


def what_precision_hides() -> str:
    """Compute the precision of the same search where floods are rare."""
    told = []
    for share in (0.5, 0.05, 0.005):
        right, wrong = 0.9 * share, 0.05 * (1 - share)
        told.append(f"{share:.1%} of all: {right / (right + wrong):.2f}")
    return (
        "It depends on how much of the flood there is. A search that finds nine of ten and wrongly "
        f"names one honest text in twenty has a precision, where the flood is {'; '.join(told)}. "
        "Where floods are rare, most of those who are named are people."
    )


def what_temperature_does() -> str:
    """Raise a distribution to the powers that temperatures stand for."""
    p = torch.tensor([0.5, 0.3, 0.2])
    told = []
    for temperature in TEMPERATURES:
        cold = (p.log() / temperature).softmax(0)
        same_word = float((cold**2).sum())
        told.append(f"{temperature}: {same_word:.2f}")
    return (
        "Of three words with probabilities 0.5, 0.3 and 0.2 two draws are the same with "
        f"probability, at temperature {'; '.join(told)}. Over forty words in a row that decides "
        "whether two texts are copies."
    )


LESSON = Lesson(
    run,
    (
        Question("How many letters come of one form?", how_many_letters),
        Question("May one act on a precision of 0.9?", what_precision_hides),
        Question("Why does a cold model repeat itself?", what_temperature_does),
    ),
    beside=("floods",),
)
