"""`class_weight` and `label_smoothing` of `UlmfitClassifier`."""

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.utils.class_weight import compute_class_weight

from tests.recipes.small_world import documents, quick_world
from tests.test_estimators import LABELS, TEXTS, estimator
from tests.test_estimators_tags import FRAME
from tests.test_estimators_tags import TEXTS as TAGGED_TEXTS
from ulmus.errors import LabelError, SettingsError
from ulmus.estimators.class_weights import weights_by_id
from ulmus.estimators.labels import read_labels
from ulmus.recipes.labelled_split import divide
from ulmus.text.sources import Document

RARE = [d for i, d in enumerate(documents(120)) if d.label == "bad" or i % 6 == 1]  # 60 and 20
RARE_TEXTS, RARE_LABELS = [d.text for d in RARE], [d.label for d in RARE]


@pytest.fixture(scope="module", autouse=True)
def small_world():
    with quick_world():
        yield


def said(texts=RARE_TEXTS, labels=RARE_LABELS, **changes):
    return estimator(**changes).fit(texts, labels).predict_proba(texts)


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


def test_balanced_is_the_inverse_of_the_frequencies_in_training():
    split = divide(
        [Document((d.text,), d.label) for d in RARE], valid_share=0.1, test_share=0, seed=0
    )
    learned = [d.label for d in split.train]
    weights = compute_class_weight("balanced", classes=np.array(["bad", "good"]), y=learned)
    by_name = dict(zip(("bad", "good"), weights.tolist(), strict=True))

    balanced = said(class_weight="balanced")

    assert by_name["good"] > 2 * by_name["bad"]
    assert np.array_equal(said(class_weight=by_name), balanced)
    assert balanced[:, 1].mean() > said()[:, 1].mean() + 0.05


def test_a_weight_belongs_to_the_class_it_names():
    labels = [{"bad": 9, "good": 10}[label] for label in RARE_LABELS]  # "10" sorts before "9"
    for_nine, for_ten = (
        said(labels=labels, class_weight={heavy: 20.0}).mean(0) for heavy in (9, 10)
    )
    assert for_nine[0] > for_ten[0] + 0.2
    assert for_ten[1] > 0.5


def test_a_weight_belongs_to_the_tag_it_names():
    texts, frame = TAGGED_TEXTS[:100], FRAME[:100]
    plain = said(texts, frame).mean(0)
    weighted = said(texts, frame, class_weight={"ตลก": 30.0}).mean(0)

    raised = weighted - plain
    assert raised[1] > 0.2
    assert max(raised[0], raised[2]) < raised[1] - 0.1


def test_balanced_tags_count_as_much_as_their_absence():
    texts, frame = TAGGED_TEXTS[:100], FRAME[:100] * [[1, 1, 0]] + 0
    frame.loc[:8, "old"] = 1
    raised = (said(texts, frame, class_weight="balanced") - said(texts, frame)).mean(0)
    assert raised[2] > 0.1


def test_the_model_remembers_weights_by_name():
    made = estimator(class_weight={"good": 2}, epochs=1, both_directions=True)
    bundle = made.fit(TEXTS, LABELS).bundle_
    for one in (bundle, bundle.backward):
        assert one.manifest.provenance["settings"]["class_weights"] == {"good": 2.0}


def test_smoothing_makes_less_certain():
    by_setting = estimator(epochs=8)
    by_setting.set_params(
        settings={**by_setting.settings, "classifier.label_smoothing": 0.3}, class_weight=None
    )
    smooth = said(TEXTS, LABELS, epochs=8, label_smoothing=0.3)

    assert np.array_equal(smooth, by_setting.fit(TEXTS, LABELS).predict_proba(TEXTS))
    assert smooth.max(1).mean() < said(TEXTS, LABELS, epochs=8).max(1).mean() - 0.01


def test_clones_keep_weights_and_smoothing():
    copied = clone(estimator(class_weight={"good": 2.0}, label_smoothing=0.1))
    assert copied.get_params()["class_weight"] == {"good": 2.0}
    assert copied.label_smoothing == 0.1


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"class_weight": {"good": 2, "best": 3, "bad ": 1}},
            r"^class_weight names unknown classes: 'best, bad '; accepted: bad, good\. Mend the nam",
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
    with pytest.raises(SettingsError, match="unknown classes: 'ขำ'; accepted: short, ตลก, old"):
        estimator(class_weight={"ขำ": 2}).fit(TAGGED_TEXTS, FRAME)


def test_numbers_are_no_classes():
    with pytest.raises(LabelError, match="there is one class only: '4'"):
        estimator(class_weight="balanced").fit(TEXTS, [4] * 60)
