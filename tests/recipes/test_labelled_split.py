import random
from collections import Counter

import pytest

from tests.recipes.small_world import documents
from ulmus.corpus.hold_out import hold_out
from ulmus.errors import LabelError
from ulmus.recipes.labelled_split import check_labels, divide, smallest_class
from ulmus.text.sources import Document


def some(label, count):
    return [Document((f"{label} text {i}",), label) for i in range(count)]


UNEVEN = [*some("rare", 5), *some("common", 200), *some("middling", 37)]


def test_every_class_lends_its_share():
    split = divide(UNEVEN, valid_share=0.1, test_share=0.2, seed=0)
    count = [Counter(d.label for d in part) for part in split]
    assert count[2] == {"rare": 1, "common": 40, "middling": 7}
    assert count[1] == {"rare": 1, "common": 20, "middling": 4}
    assert count[0] == {"rare": 3, "common": 140, "middling": 26}


def test_each_document_is_on_one_side():
    split = divide(UNEVEN, valid_share=0.1, test_share=0.2, seed=0)
    assert sorted([*split.train, *split.valid, *split.test]) == sorted(UNEVEN)


def test_the_order_of_the_documents_makes_no_difference():
    shuffled = random.Random(3).sample(UNEVEN, len(UNEVEN))
    for seed in (0, 1):
        one = divide(UNEVEN, valid_share=0.1, test_share=0.2, seed=seed)
        assert divide(shuffled, valid_share=0.1, test_share=0.2, seed=seed) == one


def test_the_division_is_always_the_same():
    split = divide(some("a", 10), valid_share=0.2, test_share=0.2, seed=0)
    assert [d.text for d in split.test] == ["a text 3", "a text 5"]
    assert [d.text for d in split.valid] == ["a text 7", "a text 9"]


def test_another_seed_divides_otherwise():
    tests = {
        tuple(divide(UNEVEN, valid_share=0.1, test_share=0.2, seed=seed).test)
        for seed in (0, 1, 2**32 - 1)
    }
    assert len(tests) == 3


def test_copies_of_a_text_lie_side_by_side():
    copies = [Document((f"text {i // 10}",), "a") for i in range(100)]
    split = divide(copies, valid_share=0.1, test_share=0.2, seed=0)
    train, valid, test = ({d.text for d in part} for part in split)
    assert (len(train), len(valid), len(test)) == (7, 1, 2)


def test_no_share_no_documents():
    split = divide(UNEVEN, valid_share=0.0, test_share=0.0, seed=0)
    assert (len(split.train), split.valid, split.test) == (len(UNEVEN), [], [])


def test_each_class_keeps_a_document_to_learn_from():
    split = divide([*some("a", 2), *some("b", 3)], valid_share=0.9, test_share=0.9, seed=0)
    assert Counter(d.label for d in split.train) == {"a": 1, "b": 1}


@pytest.mark.parametrize("share", [0.05, 0.1, 0.2, 0.25, 0.3, 0.5])
def test_the_smallest_class_that_lends_a_document(share):
    smallest = smallest_class(share)
    for count, lent in ((smallest, 1), (smallest - 1, 0)):
        if count > 1:
            split = divide(some("a", count), valid_share=share, test_share=0, seed=0)
            assert len(split.valid) == lent


def test_columns_count_one_by_one():
    columns = [Document((f"{i}", "x"), "a") for i in range(20)]
    split = divide(columns, valid_share=0.2, test_share=0.2, seed=0)
    assert sorted([*split.train, *split.valid, *split.test]) == sorted(columns)


def test_one_class_only():
    with pytest.raises(
        LabelError,
        match=r"^there is one class only: 'bad'; accepted: two different labels or more\. Name the "
        r"right column with --label, or add documents of another class\.$",
    ):
        check_labels(documents(10, classes=("bad",)))


def test_no_documents_and_no_labels():
    with pytest.raises(LabelError, match=r"^there is one class only; accepted: two"):
        check_labels([])
    with pytest.raises(LabelError, match=r"^there is one class only; accepted: two"):
        check_labels(documents(4, labels=False))


def test_classes_with_a_single_document():
    with pytest.raises(
        LabelError,
        match=r"^a class with a single document: 'a, c'; accepted: two documents or more in each "
        r"class\. Add documents of this class, or leave it out\.$",
    ):
        check_labels([*some("c", 1), *some("b", 2), *some("a", 1)])


def test_two_documents_a_class_are_enough():
    check_labels([*some("b", 2), *some("a", 2)])


def test_what_is_judged_by_is_held_out_of_the_text_too():
    """A language model fine-tuned on the same table has hardly learned these documents."""
    documents = [*some("a", 500), *some("b", 300)]
    split = divide(documents, valid_share=0.1, test_share=0.0, seed=3)
    held_out = {d for name, d in hold_out(documents, 0.1, seed=3) if name == "valid"}
    judged = set(split.valid)
    assert len(judged) == 80
    assert len(judged & held_out) >= 0.8 * len(judged)
