"""Floods and the two ways to find them, by texts where one knows the answer."""

import pytest

from tests.bundle.saved_models import TEXTS, language_model
from ulmus.lessons.floods import (
    FORM,
    copied,
    filled_forms,
    generated,
    judged,
    likeness,
    runs,
    shortened,
    surprise,
    too_smooth,
)


def test_every_letter_is_another_and_made_of_the_form() -> None:
    letters = filled_forms(200, seed=3)
    assert len(set(letters)) == 200
    assert letters == filled_forms(200, seed=3)
    for letter in letters[:20]:
        assert any(letter.startswith(first) for first in FORM[0])
        assert any(letter.endswith(last) for last in FORM[-1])


def test_likeness_by_hand() -> None:
    assert runs("Abcd  EF") == {"abcd ", "bcd e", "cd ef"}
    assert likeness("abcdef", "abcdeg") == pytest.approx(1 / 3)
    assert likeness("abcdef", "ABCDEF") == 1
    assert likeness("abc", "abc") == 0  # too short to say


def test_copies_are_named_on_both_sides() -> None:
    letter = "Return a new list of all items that are found in the given mapping"
    texts = [letter, "something else altogether, about the weather", letter + ".", letter]
    assert copied(texts) == {0, 2, 3}
    assert copied(texts[:2]) == set()


def test_surprise_is_perplexity_in_bits() -> None:
    bundle = language_model()
    values = surprise(bundle, TEXTS[:3])
    for value, text in zip(values, TEXTS, strict=False):
        assert 2**value == pytest.approx(bundle.perplexity([text]).per_token, rel=1e-4)


def test_what_is_smoother_than_nearly_all_is_named() -> None:
    honest = [float(value) for value in range(1, 101)]
    assert too_smooth([0.5, 5.0, 50.0], honest) == {0, 1}
    assert too_smooth([6.5], honest) == set()


def test_precision_and_recall() -> None:
    assert judged({1, 2, 3, 4}, {3, 4, 5, 6, 7}) == (0.5, 0.4)
    assert judged(set(), {1}) == (1.0, 0.0)


def test_each_text_has_its_own_draws() -> None:
    bundle = language_model()
    texts = generated(bundle, ["the sky", "the sky", "a red"], 1.0, seed=5)
    assert texts[0] != texts[1]
    assert texts[0].startswith("the sky")
    assert texts == generated(bundle, ["the sky", "the sky", "a red"], 1.0, seed=5)
    assert texts[0] == generated(bundle, ["the sky"], 1.0, seed=5)[0]
    assert all(len(text.split()) <= 40 for text in texts)


def test_texts_are_cut_and_put_on_one_line() -> None:
    assert shortened(" a\n b  c ") == "a b c"
    assert shortened("word " * 50) == " ".join(["word"] * 40)
