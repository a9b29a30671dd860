"""The exercises on characters, at toy sizes, by values where there are any."""

import math

import pytest
import torch
from torch.nn import functional as F

from ulmus.lessons.character_exercises import (
    Scene,
    another_book,
    drawn,
    one_hot_is_an_embedding,
    perplexity,
    relu_for_tanh,
    sampling,
    sharpened,
    tuning,
    without_clipping,
    without_detaching,
)
from ulmus.lessons.character_training import Plan
from ulmus.lessons.frame import Check, Figures
from ulmus.lessons.wells import CharacterText

PROSE = "the time traveller speaks of the fourth dimension and of us " * 30


@pytest.fixture(scope="module")
def scene() -> Scene:
    text = CharacterText.of(PROSE)
    other = text.with_("a theft of a stranger pattern and of mud " * 40)
    return Scene(text, other, 16, Plan(epochs=4, batch_size=4, steps=20))


def test_sharpening_by_hand() -> None:
    logits = torch.tensor([0.5, 0.25, 0.25]).log()
    assert sharpened(logits, 2.0).tolist() == pytest.approx([4 / 6, 1 / 6, 1 / 6])
    assert sharpened(logits, 0.0).tolist() == pytest.approx([1 / 3] * 3)


def test_one_hot(scene: Scene) -> None:
    table, *checks = one_hot_is_an_embedding(scene)
    assert [row[0] for row in table.rows] == ["one-hot and product", "embedding"]
    assert [check.passed for check in checks] == [True, True]


def test_each_trial_changes_something(scene: Scene) -> None:
    [table] = tuning(scene)
    assert len({row[1] for row in table.rows}) == len(table.rows) == 6


def test_perplexity_is_that_of_rows(scene: Scene) -> None:
    model = scene.model()
    length = (len(scene.text.ids) - 1) // 4
    losses = []
    for row in range(4):
        ids = scene.text.ids[row * length : row * length + length + 1]
        logits, _ = model(ids[None, :-1], model.first_state(1))
        losses.append(F.cross_entropy(logits.detach(), ids[1:]).item())
    expected = math.exp(sum(losses) / 4)
    assert perplexity(model, scene.text, scene.plan) == pytest.approx(expected, rel=1e-5)


def test_another_book(scene: Scene) -> None:
    table, _ = another_book(scene)
    assert [row[0] for row in table.rows] == ["The Time Machine", "The War of the Worlds"]
    [told] = another_book(scene._replace(other=None))
    assert "is not at hand" in told


def test_sampling_is_repeatable_and_sharpens(scene: Scene) -> None:
    table, *checks = sampling(scene)
    assert len(table.rows) == 5
    assert all(check.passed for check in checks)
    model = scene.model()
    texts = [drawn(model, scene.text, "time ", alpha) for alpha in (1.0, 1.0, 1e6, math.inf)]
    assert texts[0] == texts[1] != texts[3]
    assert texts[2] == texts[3]


@pytest.mark.parametrize(
    ("exercise", "count"), [(without_clipping, 4), (without_detaching, 2), (relu_for_tanh, 4)]
)
def test_what_is_compared(scene: Scene, exercise: object, count: int) -> None:
    table, told = exercise(scene)
    assert isinstance(table, Figures)
    assert not isinstance(told, Check)
    assert len(table.rows) == count
