"""Copies and near copies, beside the plain definition."""

import random

import pytest

from ulmus.evaluation.duplicates import Pair, exact_copies, near_copies

TEXT = "the cat sat upon a mat while rain fell over grey hills and no one saw it go"
WORDS = TEXT.split()


def sentence(seed, length=30):
    draw = random.Random(seed)
    return " ".join(draw.choice(WORDS) + str(draw.randrange(90)) for _ in range(length))


def jaccard(one, other):
    sets = [{t[i : i + 5] for i in range(len(t) - 4)} for t in (one, other)]
    return len(sets[0] & sets[1]) / len(sets[0] | sets[1])


def test_exact_copies_are_told_with_their_first_occurrence():
    assert exact_copies(["a", "b", "a", "A", "a", "b"]) == [
        Pair(0, 2, 1.0),
        Pair(0, 4, 1.0),
        Pair(1, 5, 1.0),
    ]


def test_near_copies_are_found_among_many_and_their_likeness_is_about_right():
    texts = [sentence(seed) for seed in range(400)]
    changed = texts[7].rsplit(" ", 1)[0] + " changed"
    texts += [changed, texts[9].upper().replace(" ", "  "), texts[11]]
    found = near_copies(texts)
    assert [(pair.first, pair.second) for pair in found] == [(7, 400), (9, 401)]
    assert found[0].likeness == pytest.approx(jaccard(texts[7], changed), abs=0.1)
    assert found[1].likeness == 1
    assert exact_copies(texts) == [Pair(11, 402, 1.0)]


def test_a_language_without_spaces():
    thai = "ภาพยนตร์เรื่องนี้สนุกมากและนักแสดงเล่นได้ดีเหลือเกิน" * 3
    found = near_copies([thai, "อาหารร้านนี้ไม่อร่อยเลย", thai + "ครับ"])
    assert [(pair.first, pair.second) for pair in found] == [(0, 2)]


def test_short_texts_are_like_no_other():
    assert near_copies(["", "ab", "AB", "abcd", "ABCD"]) == []
    assert near_copies(["abcde", "ABCDE"]) == [Pair(0, 1, 1.0)]
    assert near_copies([]) == []
