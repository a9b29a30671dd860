"""`class_weight` and `label_smoothing` of `UlmfitClassifier`."""

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.utils.class_weight import compute_class_weight

from tests.recipes.small_world import quick_world
from tests.test_estimators import LABELS, QUICK, TEXTS, estimator
from ulmus.errors import LabelError, SettingsError
from ulmus.estimators.class_weights import weights_by_id
from ulmus.estimators.labels import read_labels
from ulmus.recipes.labelled_split import divide
from ulmus.text.sources import Document

COUNT = 240
SAME = ["the film"] * COUNT
"""Texts that tell nothing, so that what is learned is how often each label is, as weighted."""
QUARTER = np.array(["bad", "bad", "bad", "good"] * (COUNT // 4))
SHARES = pd.DataFrame(
    {"ข": QUARTER == "good", "ตลก": np.arange(COUNT) % 2 == 0, "a": np.arange(COUNT) % 8 == 0}
)
FREELY = {
    **QUICK,
    "classifier.batch_size": 8,
    "classifier.dropout_multiplier": 0,
    "classifier.learning_rate": 0.02,
    "classifier.factor": 1.5,
}


@pytest.fixture(scope="module", autouse=True)
def small_world():
    with quick_world():
        yield


def said(labels, **changes):
    """Return the probabilities after one epoch, so that there is no best one to choose."""
    made = estimator(epochs=1, settings=FREELY, seed=2, **changes).fit(SAME, labels)
    return made.predict_proba(SAME[:1])[0]


@pytest.mark.parametrize(
    ("labels", "weights"),
    [
        (["z", "ä", "z", "ä"], {"ä": 3, "z": 0.5}),
        (["z", "ä", "z", "ä"], {"ä": 3}),
        ([10, 9, 10, 9, -1, -1], {9: 2.5, -1: 4}),
        ([10, 9, 10, 9], {9: 2.5, 10: 3, 11: 4}),  # more than there are, and all there are
        ([True, False, True, False], {True: 2}),
        (["a", "b", "a", "b"], {}),
    ],
)
def test_weights_are_scikit_learns(labels, weights):
    read = read_labels(labels)
    given = weights_by_id(weights, read) or {}

    expected = compute_class_weight(weights, classes=read.classes, y=np.array(labels))
    assert [given.get(f"{i:06d}", 1.0) for i in range(len(read.classes))] == expected.tolist()


@pytest.mark.parametrize(
    ("changes", "good"),
    [
        ({}, 1 / 4),
        ({"class_weight": "balanced"}, 1 / 2),
        ({"class_weight": {"good": 3}}, 3 / (3 + 3)),
        ({"class_weight": {"bad": 3}}, 1 / (1 + 9)),
        ({"class_weight": {"bad": 0.5, "good": 1.5}}, 1.5 / (1.5 + 1.5)),
        ({"label_smoothing": 0.4}, 0.6 / 4 + 0.4 / 2),
    ],
)
def test_classes_count_as_they_are_weighted(changes, good):
    assert said(QUARTER, **changes) == pytest.approx([1 - good, good], abs=0.08)


@pytest.mark.parametrize(
    ("changes", "shares"),
    [
        ({}, [1 / 4, 1 / 2, 1 / 8]),
        ({"class_weight": "balanced"}, [1 / 2, 1 / 2, 1 / 2]),
        ({"class_weight": {"ตลก": 3}}, [1 / 4, 3 / (3 + 1), 1 / 8]),
        ({"class_weight": {"a": 7, "ข": 9}}, [9 / (9 + 3), 1 / 2, 7 / (7 + 7)]),
        ({"label_smoothing": 0.4}, [0.6 / 4 + 0.2, 0.6 / 2 + 0.2, 0.6 / 8 + 0.2]),
    ],
)
def test_tags_count_as_they_are_weighted(changes, shares):
    assert said(SHARES, **changes) == pytest.approx(shares, abs=0.08)


def test_a_weight_belongs_to_the_label_it_names_and_not_to_its_place_as_text():
    numbers = np.where(QUARTER == "good", 10, 9)  # "10" sorts before "9"
    weighted = said(numbers, class_weight={np.int64(10): 3})
    assert np.array_equal(weighted, said(QUARTER, class_weight={"good": 3}))
    assert weighted[1] == pytest.approx(3 / (3 + 3), abs=0.08)


def test_balanced_is_scikit_learns_formula_for_what_is_learned_from():
    documents = [Document((text,), label) for text, label in zip(SAME, QUARTER, strict=True)]
    split = divide(documents, valid_share=0.1, test_share=0, seed=2)
    learned = [document.label for document in split.train]
    classes = np.array(["bad", "good"])
    weights = compute_class_weight("balanced", classes=classes, y=learned)

    by_name = dict(zip(classes.tolist(), weights, strict=True))
    balanced = said(QUARTER, class_weight="balanced")

    assert np.array_equal(said(QUARTER, class_weight=by_name), balanced)


def test_the_model_remembers_weights_by_name():
    made = estimator(class_weight={"good": 2}, epochs=1, both_directions=True)
    bundle = made.fit(TEXTS, LABELS).bundle_
    for one in (bundle, bundle.backward):
        assert one.manifest.provenance["settings"]["class_weights"] == {"good": 2.0}


def test_clones_keep_weights_and_smoothing():
    copied = clone(estimator(class_weight={"good": 2.0}, label_smoothing=0.1))
    assert copied.get_params()["class_weight"] == {"good": 2.0}
    assert copied.label_smoothing == 0.1


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"class_weight": {"good": 2, "best": 3, "bad ": 1}},
            r"^class_weight names unknown classes: 'best, bad '; accepted: bad, good\. Mend the n",
        ),
        ({"class_weight": {1: 2}}, r"class_weight names unknown classes: '1'; accepted: bad, good"),
        (
            {"class_weight": {"good": 0}},
            r"^a class weight that is none: \{'good': 0\}; accepted: finite numbers above 0\. Mend",
        ),
        ({"class_weight": {"good": float("inf")}}, r"a class weight that is none: \{'good': inf\}"),
        ({"class_weight": {"good": "2"}}, r"a class weight that is none: \{'good': '2'\}"),
        (
            {"class_weight": "balance"},
            r"^class_weight is nothing that weighs classes: 'balance'; accepted: None, 'balanced', "
            r"or a dictionary from classes to weights\. Give one of these; for tags the dictionary",
        ),
        ({"class_weight": [{0: 1, 1: 5}]}, r"nothing that weighs classes: \[\{0: 1, 1: 5\}\]"),
        ({"class_weight": np.ones(2)}, r"nothing that weighs classes: \[1\. 1\.\]"),
        ({"label_smoothing": 1.0}, r"classifier\.label_smoothing = 1\.0"),
        ({"label_smoothing": -0.1}, r"classifier\.label_smoothing = -0\.1"),
        (
            {"settings": {"classifier.class_weights": {"good": 2}}},
            r"^a setting that goes by other means here: 'classifier\.class_weights'; accepted: the "
            r"argument class_weight\. Leave it out of settings\.$",
        ),
        (
            {"settings": {"classifier.label_smoothing": 0.3}},
            r"^a setting that goes by other means here: 'classifier\.label_smoothing'; accepted: "
            r"the argument label_smoothing\. Leave it out of settings\.$",
        ),
        (
            {"settings": {"prepare.source": {"target": "number"}}},
            r"by other means here: 'prepare\.source'; accepted: what is given to fit",
        ),
        (
            {"settings": {"classifier.number_range": (0, 1)}},
            r"a range of numbers, where the labels are none",
        ),
    ],
)
def test_unusable_weights_and_smoothing(changes, message):
    with pytest.raises(SettingsError, match=message):
        estimator(**changes).fit(TEXTS, LABELS)


def test_weights_of_unknown_tags():
    with pytest.raises(SettingsError, match="unknown classes: 'ขำ'; accepted: ข, ตลก, a"):
        estimator(class_weight={"ขำ": 2}).fit(SAME, SHARES)


def test_numbers_are_no_classes():
    with pytest.raises(LabelError, match="there is one class only: '4'"):
        estimator(class_weight="balanced").fit(TEXTS, [4] * 60)
