import pytest
from hypothesis import given
from hypothesis import strategies as st

from ulmus.inference.stopping import find_stop, free_length

TEXTS = st.text("ab\n", max_size=12)
STOPS = st.lists(st.text("ab\n", min_size=1, max_size=4), max_size=3)


@pytest.mark.parametrize(
    ("text", "stops", "start", "place"),
    [
        ("one two", ["t"], 0, 4),
        ("one two", ["w", "e t"], 0, 2),
        ("one two", ["one"], 0, 0),
        ("one two", ["one"], 1, None),
        ("one two one", ["one"], 1, 8),
        ("วันนี้ ดี", ["ดี"], 0, 7),
        ("one", [], 0, None),
    ],
)
def test_the_first_stop_counts(text, stops, start, place):
    assert find_stop(text, stops, start) == place


@pytest.mark.parametrize(
    ("text", "stops", "start", "free"),
    [
        ("one tw", ["two"], 0, 4),
        ("one t", ["two", " try"], 0, 3),
        ("one", ["two"], 0, 3),
        ("one tw", ["two"], 5, 6),
        ("aaaa", ["aaab"], 0, 1),
        ("one", [], 0, 3),
        ("", ["a"], 0, 0),
    ],
)
def test_the_beginning_of_a_stop_is_held_back(text, stops, start, free):
    assert free_length(text, stops, start) == free


@given(TEXTS, TEXTS, STOPS, st.integers(0, 3))
def test_what_is_free_lies_before_any_stop_to_come(text, more, stops, start):
    if find_stop(text, stops, start) is None:
        free = free_length(text, stops, start)
        place = find_stop(text + more, stops, start)
        assert free <= len(text)
        assert place is None or free <= place
