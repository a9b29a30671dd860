"""The ideal reader, on texts where one can see what he knows."""

import torch

from ulmus.lessons.ideal_reader import right_guesses
from ulmus.lessons.number_words import NumberWords


def right(row: list[int], text: list[int]) -> list[bool]:
    return right_guesses(torch.tensor([row]), torch.tensor(text))[0].tolist()


def test_a_text_without_repetition_holds_no_surprise() -> None:
    assert right([3, 4, 5], [1, 2, 3, 4, 5]) == [True, True]


def test_he_says_what_follows_most_often_until_he_knows_better() -> None:
    text = [1, 2, 5, 1, 2, 6, 1, 3, 7]
    assert right([1, 2, 5], text) == [True, True]  # 2 twice behind 1; of 5 and 6 the smaller
    assert right([1, 2, 6, 1, 3], text) == [True, False, True, True]
    assert right([1, 3, 7], text) == [False, True]


def test_he_is_right_about_numbers_but_for_the_first_words() -> None:
    text = NumberWords.made()
    known = right_guesses(text.splits(16).valid_rows(), text.ids)
    assert known.shape == (64, 192)
    assert int((~known).sum()) == 204
    assert known[:, 6:].all()
