"""Drawing labels: every class keeps its share, and the test is left alone."""

from collections import Counter

import pytest

from ulmus.errors import LabelError
from ulmus.recipes.drawn_labels import draw_labels
from ulmus.recipes.fit_documents import FitDocuments
from ulmus.recipes.labelled_split import divide
from ulmus.text.sources import Document, SourceSettings


def labelled(sizes):
    made = [Document((f"{label} {n}",), label) for label, size in sizes.items() for n in
            range(size)]  # fmt: skip
    split = divide(made, valid_share=0.1, test_share=0.2, seed=0)
    return FitDocuments("some", split, None, SourceSettings())


def counts(documents):
    return Counter(document.label for document in documents)


@pytest.mark.parametrize("count", [6, 20, 50, 101])
def test_so_many_labels_are_drawn_and_each_class_keeps_its_share(count):
    given = labelled({"a": 300, "b": 100, "rare": 5})
    drawn = draw_labels(given, count, valid_share=0.2, seed=0).split
    both = counts(drawn.train) + counts(drawn.valid)
    assert sum(both.values()) == count
    assert both["rare"] >= 2
    if count >= 50:
        assert both["a"] == pytest.approx(3 * both["b"], abs=3)
    assert set(counts(drawn.train)) == set(counts(drawn.valid)) == {"a", "b", "rare"}
    assert drawn.test == given.split.test


def test_another_seed_draws_others_and_the_same_one_the_same():
    given = labelled({"a": 100, "b": 100})
    one, again, other = (draw_labels(given, 20, valid_share=0.2, seed=s).split for s in (0, 0, 1))
    assert one == again
    assert set(one.train) != set(other.train)
    assert not {d.columns for d in one.train} & {d.columns for d in one.valid}


def test_no_drawn_document_is_one_of_the_test():
    given = labelled({"a": 100, "b": 100})
    drawn = draw_labels(given, 160, valid_share=0.2, seed=3).split
    assert not {d.columns for d in (*drawn.train, *drawn.valid)} & {
        d.columns for d in given.split.test
    }


@pytest.mark.parametrize("count", [3, 161])
def test_what_cannot_be_drawn_is_refused(count):
    given = labelled({"a": 100, "b": 100})
    with pytest.raises(
        LabelError,
        match=rf"a number of labels that cannot be drawn: {count}; accepted: 4 to 160, for 2 "
        r"classes. Name others with --labels\.",
    ):
        draw_labels(given, count, valid_share=0.2, seed=0)
