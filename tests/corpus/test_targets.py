from types import SimpleNamespace

import numpy as np
import pytest

from ulmus.corpus.targets import CLASSES, LabelReading, decide_targets
from ulmus.errors import LabelError

NAMES = ["pos", "neg"]
TAGS, NUMBERS = LabelReading("tags"), LabelReading("number")


def splits(**found):
    return {name: SimpleNamespace(label_numbers=numbers) for name, numbers in found.items()}


def test_classes_are_those_of_the_training_split_in_sorted_order():
    targets = decide_targets(CLASSES, NAMES, splits(train={0, 1}, valid={0}))

    assert targets.labels == ("neg", "pos")
    assert targets.values.tolist() == [1, 0]
    assert targets.values.dtype == np.int32


@pytest.mark.parametrize("kind", ["class", "tags", "number"])
def test_documents_without_labels_make_a_corpus_without(kind):
    assert decide_targets(LabelReading(kind), [], splits(train={-1}, valid={-1})) is None


def test_an_unknown_label_is_told_with_those_known():
    with pytest.raises(
        LabelError, match=r"unknown label in the valid split: 'new'; accepted: neg, pos\."
    ):
        decide_targets(CLASSES, [*NAMES, "new"], splits(train={0, 1}, valid={0, 2}))


def test_many_known_labels_are_cut_in_the_message():
    names = [f"{i:02}" for i in range(31)]

    with pytest.raises(LabelError, match=r"unknown label .*: '30'; accepted: 00, .*, 19, …\. "):
        decide_targets(CLASSES, names, splits(train=set(range(30)), valid={30}))


def test_documents_without_a_label_among_labelled_ones_are_told_with_their_split():
    with pytest.raises(LabelError, match=r"documents without a label: 'valid, test'"):
        decide_targets(CLASSES, NAMES, splits(train={0, 1}, valid={-1, 0}, test={-1}))


def test_tags_are_rows_of_what_each_label_holds():
    names = ["funny; short", "", "ดี;funny;funny", " short "]

    targets = decide_targets(TAGS, names, splits(train={0, 1, 2}, valid={3}))

    assert targets.labels == ("funny", "short", "ดี")
    assert targets.values.tolist() == [
        [True, True, False],
        [False, False, False],
        [True, False, True],
        [False, True, False],
    ]


def test_tags_between_another_separator():
    targets = decide_targets(LabelReading("tags", "|"), ["a;b | c"], splits(train={0}))

    assert targets.labels == ("a;b", "c")


def test_an_unknown_tag_is_told_once():
    with pytest.raises(LabelError, match=r"unknown label in the test split: 'c'; accepted: a, b\."):
        decide_targets(TAGS, ["a;b", "a;c", "c"], splits(train={0}, valid={0}, test={1, 2}))


def test_numbers_are_read_as_they_are_written():
    targets = decide_targets(NUMBERS, ["4.5", " -1e3 ", "0"], splits(train={0, 1}, valid={2}))

    assert targets.labels == ()
    assert targets.values.tolist() == [4.5, -1000.0, 0.0]


@pytest.mark.parametrize("name", ["good", "nan", "inf", "1,5"])
def test_what_is_no_number_is_told(name):
    with pytest.raises(LabelError, match=f"a label that is no number: '{name}'; accepted: numbers"):
        decide_targets(NUMBERS, ["1", name], splits(train={0, 1}))


def test_documents_without_any_tag_are_told():
    with pytest.raises(LabelError, match=r"no training document has a tag; accepted: one tag"):
        decide_targets(TAGS, ["", " ; "], splits(train={0, 1}, valid={0}))
