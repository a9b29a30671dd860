from types import SimpleNamespace

import pytest

from ulmus.corpus.labels import decide_labels, label_ids
from ulmus.errors import LabelError

NAMES = ["pos", "neg", "new"]


def splits(**found):
    return {name: SimpleNamespace(label_numbers=numbers) for name, numbers in found.items()}


def test_labels_are_those_of_the_training_split_in_sorted_order():
    assert decide_labels(None, NAMES, splits(train={0, 1}, valid={0})) == ("neg", "pos")


def test_given_labels_keep_their_order():
    given = ["pos", "none", "neg"]

    assert decide_labels(given, NAMES, splits(train={0, 1}, valid={0})) == tuple(given)


@pytest.mark.parametrize("given", [None, ()])
def test_documents_without_labels_make_a_corpus_without(given):
    assert decide_labels(given, [], splits(train={-1}, valid={-1})) == ()


@pytest.mark.parametrize("given", [None, ["neg", "pos"]])
def test_an_unknown_label_is_told_with_those_known(given):
    with pytest.raises(
        LabelError, match=r"unknown label in the valid split: 'new'; accepted: neg, pos\."
    ):
        decide_labels(given, NAMES, splits(train={0, 1}, valid={0, 2}))


def test_many_known_labels_are_cut_in_the_message():
    names = [f"{i:02}" for i in range(31)]

    with pytest.raises(LabelError, match=r"unknown label .*: '30'; accepted: 00, .*, 19, …\. "):
        decide_labels(None, names, splits(train=set(range(30)), valid={30}))


def test_documents_without_a_label_among_labelled_ones_are_told_with_their_split():
    with pytest.raises(LabelError, match=r"documents without a label: 'valid, test'"):
        decide_labels(None, NAMES, splits(train={0, 1}, valid={-1, 0}, test={-1}))


def test_given_labels_ask_for_a_label_in_every_document():
    with pytest.raises(LabelError, match=r"documents without a label: 'train, valid'"):
        decide_labels(["neg", "pos"], [], splits(train={-1}, valid={-1}))


def test_ids_follow_the_order_of_the_labels():
    assert label_ids(("neg", "new", "pos"), NAMES).tolist() == [2, 0, 1]
