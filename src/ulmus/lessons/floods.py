"""Floods of texts that look as if many people had written them, and two ways to find them."""

import itertools
import math
import random
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from ulmus.bundle.language_model import LanguageModelBundle
from ulmus.evaluation.duplicates import RUN, exact_copies, near_copies

LIKENESS = 0.5
"""Share of runs of five characters that two texts have in common from which on they count as
near-copies."""

FALSE_ALARMS = 0.05
"""Share of honest texts that may be called improbably smooth."""

WORDS = 40
"""Of a text that are looked at."""

FORM = (
    ("Return", "Give back", "Compute and return"),
    ("a new", "the", "a fresh"),
    ("list of all", "sequence of the", "collection of all"),
    ("items", "values", "elements", "entries"),
    ("that are found in", "contained in", "which belong to"),
    ("the given", "this", "the specified"),
    ("mapping, sorted by", "dictionary, ordered by", "container, arranged by"),
    ("their names", "their keys", "their sizes"),
    ("and without duplicates.", "with duplicates removed.", "leaving out duplicates."),
)
"""A letter with choices, as mail merge makes a thousand letters of one."""


class Found(NamedTuple):
    """How well a flood was found.

    Attributes:
        precision: Share of the texts that were named which are of the flood.
        recall: Share of the flood that was named.
    """

    precision: float
    recall: float


def shortened(text: str) -> str:
    """Return the first words of a text, on one line."""
    return " ".join(text.split()[:WORDS])


def filled_forms(count: int, seed: int) -> list[str]:
    """Return letters made of the form, each by other choices."""
    letters = [" ".join(parts) for parts in itertools.product(*FORM)]
    return random.Random(seed).sample(letters, count)


def generated(
    bundle: LanguageModelBundle, prompts: Sequence[str], temperature: float, seed: int
) -> list[str]:
    """Return texts that a language model wrote, one for each beginning."""
    texts = bundle.generate(
        list(prompts),
        max_tokens=WORDS,
        temperature=temperature,
        seed=[seed + index for index in range(len(prompts))],
        one_document=True,
    )
    return [shortened(text) for text in texts]


def runs(text: str) -> set[str]:
    """Return all runs of five characters of a text, whatever its case and spaces."""
    plain = " ".join(text.casefold().split())
    return {plain[start : start + RUN] for start in range(len(plain) - RUN + 1)}


def likeness(a: str, b: str) -> float:
    """Return the share of the runs of either text that both have (Jaccard)."""
    first, second = runs(a), runs(b)
    return len(first & second) / max(1, len(first | second))


def copied(texts: Sequence[str]) -> set[int]:
    """Return which texts are a copy of another, or nearly so."""
    pairs = [*exact_copies(texts), *near_copies(texts, likeness=LIKENESS)]
    return {index for pair in pairs for index in (pair.first, pair.second)}


def surprise(bundle: LanguageModelBundle, texts: Sequence[str]) -> list[float]:
    """Return how surprising a language model finds texts, in bits a token."""
    scored = bundle.log_probabilities(list(texts))
    return [
        -sum(each.log_probabilities) / max(1, len(each.log_probabilities)) / math.log(2)
        for each in scored
    ]


def too_smooth(surprises: Sequence[float], honest: Sequence[float]) -> set[int]:
    """Return which texts hold less surprise than nearly all honest ones.

    Args:
        surprises: Of the texts to judge.
        honest: Of texts that are known to be people's own.
    """
    least = float(np.quantile(honest, FALSE_ALARMS))
    return {index for index, value in enumerate(surprises) if value < least}


def judged(named: set[int], flood: set[int]) -> Found:
    """Return precision and recall; a precision of 1 where nothing is named."""
    right = len(named & flood)
    return Found(right / len(named) if named else 1.0, right / len(flood))
