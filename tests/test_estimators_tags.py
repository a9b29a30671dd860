"""`UlmfitClassifier` where a text has any number of tags: an indicator matrix in and out."""

import numpy as np
import pandas as pd
import polars as pl
import pytest
from scipy import sparse
from sklearn.base import clone
from sklearn.metrics import accuracy_score, f1_score, get_scorer, roc_auc_score
from sklearn.model_selection import KFold, cross_val_score
from sklearn.preprocessing import MultiLabelBinarizer

from tests.recipes.small_world import quick_world
from tests.recipes.test_fit_targets import tagged
from tests.test_estimators import QUICK, estimator
from ulmus.errors import LabelError, SourceError, UlmusWarning
from ulmus.estimators.labels import read_labels

DOCUMENTS = tagged(300)
TEXTS = [d.text for d in DOCUMENTS]
TAGS = ["short", "ตลก", "old"]  # in no order
MATRIX = np.array([[tag in d.label.split(";") for tag in TAGS] for d in DOCUMENTS], int)
FRAME = pd.DataFrame(MATRIX, columns=TAGS)
LEARNING = {
    **QUICK,
    "classifier.batch_size": 16,
    "classifier.learning_rate": 0.03,
    "classifier.dropout_multiplier": 0.3,
}
TELLING = ["the plot a funny film story", "a scene brief the actor ancient plot", "the plot a"]
ROWS = [[1, 0, 1], [0, 0, 0], [0, 1, 1]]
IDS = ["000000;000002", "", "000001;000002"]
SPECIFIC = (
    r"; accepted: a class for each text, or a matrix of 0 and 1 with a column for each tag\. "
)


@pytest.fixture(scope="module", autouse=True)
def small_world():
    with quick_world():
        yield


@pytest.fixture(scope="module")
def fitted(small_world):
    return estimator(epochs=12, settings=LEARNING).fit(TEXTS, FRAME)


def test_tags_are_learned_and_said_as_a_matrix(fitted):
    said = fitted.predict(TELLING)

    assert said.tolist() == [[0, 1, 0], [1, 0, 1], [0, 0, 0]]
    assert said.dtype == np.int64
    assert fitted.classes_.tolist() == TAGS
    assert fitted.bundle_.labels == tuple(TAGS)
    assert fitted.bundle_.predict(TELLING) == [("ตลก",), ("short", "old"), ()]
    assert fitted.predict([]).shape == (0, 3)


def test_each_tag_has_a_probability_of_its_own(fitted):
    probabilities = fitted.predict_proba(TELLING)

    assert probabilities.dtype == np.float32
    assert np.array_equal(probabilities, fitted.bundle_.predict_proba(TELLING))
    assert np.array_equal(probabilities >= 0.5, fitted.predict(TELLING))
    assert probabilities[1].sum() > 1.5
    assert probabilities[2].sum() < 0.8


def test_scikit_learns_figures_of_tags(fitted):
    new = tagged(80, seed=5)
    texts = [d.text for d in new]
    true = np.array([[tag in d.label.split(";") for tag in TAGS] for d in new], int)

    said, probabilities = fitted.predict(texts), fitted.predict_proba(texts)

    assert fitted.score(texts, true) == accuracy_score(true, said)
    assert get_scorer("f1_micro")(fitted, texts, true) == f1_score(true, said, average="micro")
    assert get_scorer("roc_auc")(fitted, texts, true) == roc_auc_score(true, probabilities)
    assert f1_score(true, said, average="micro") > 0.85


def test_a_matrix_goes_back_to_lists_of_tags(fitted):
    lists = [d.label.split(";") if d.label else [] for d in DOCUMENTS]
    binarizer = MultiLabelBinarizer(classes=TAGS)

    assert np.array_equal(binarizer.fit_transform(lists), MATRIX)
    assert binarizer.inverse_transform(fitted.predict(TELLING)) == [
        *[("ตลก",), ("short", "old"), ()]
    ]


@pytest.mark.parametrize("form", [sparse.csr_matrix, np.asarray])
def test_one_matrix_in_two_forms_teaches_the_same(form, fitted):
    made = estimator(epochs=12, settings=LEARNING).fit(TEXTS, form(MATRIX))

    assert np.array_equal(made.predict_proba(TELLING), fitted.predict_proba(TELLING))
    assert made.classes_.tolist() == [0, 1, 2]
    assert made.bundle_.labels == ("0", "1", "2")


@pytest.mark.parametrize(
    ("given", "classes"),
    [
        (ROWS, [0, 1, 2]),
        (np.array(ROWS, bool), [0, 1, 2]),
        (np.array(ROWS, float), [0, 1, 2]),
        (sparse.coo_array(ROWS), [0, 1, 2]),
        (sparse.csc_matrix(np.array(ROWS, bool)), [0, 1, 2]),
        (sparse.csr_array(([1, 1, 0, 1, 1], ([0, 0, 1, 2, 2], [2, 0, 1, 2, 1]))), [0, 1, 2]),
        (pd.DataFrame(ROWS, columns=["ข", "ก", "z;y"]), ["ข", "ก", "z;y"]),
        (pd.DataFrame(ROWS, columns=[7, "a", ("x", "y")]), [7, "a", ("x", "y")]),
        (pd.DataFrame(ROWS).astype("boolean"), [0, 1, 2]),
        (pl.DataFrame(ROWS, schema=["ข", "ก", "z"], orient="row"), ["ข", "ก", "z"]),
    ],
)
def test_every_form_of_matrix_is_read_alike(given, classes):
    before = given.copy() if sparse.issparse(given) else None

    read = read_labels(given)

    assert (read.kind, read.ids) == ("tags", IDS)
    assert read.classes.tolist() == classes
    if before is not None:  # an explicit zero is still there
        assert (given.nnz, given.toarray().tolist()) == (before.nnz, before.toarray().tolist())


def test_cross_validation_of_tags():
    texts, matrix = TEXTS[:120], MATRIX[:120]
    made = estimator(epochs=8, settings=LEARNING)

    scores = cross_val_score(made, texts, matrix, cv=2, scoring="f1_micro", error_score="raise")

    expected = []
    for train, test in KFold(2).split(texts):
        one = clone(made).fit([texts[i] for i in train], matrix[train])
        said = one.predict([texts[i] for i in test])
        expected.append(f1_score(matrix[test], said, average="micro"))
    assert scores.tolist() == expected
    assert scores.mean() > 0.3


def test_a_tag_that_no_text_has_is_never_given():
    wide = np.insert(MATRIX, 1, 0, axis=1)
    frame = pd.DataFrame(wide, columns=["short", "ไม่มี", "ตลก", "old"])
    made = estimator(epochs=12, settings=LEARNING, class_weight={"ไม่มี": 9.0})
    with pytest.warns(UlmusWarning, match="1 of 4 tags will never be given, as no text .*: ไม่มี$"):
        made.fit(TEXTS, frame)

    assert made.predict(TELLING).tolist() == [[0, 0, 1, 0], [1, 0, 0, 1], [0, 0, 0, 0]]
    assert made.predict_proba(TELLING)[:, 1].tolist() == [0, 0, 0]
    assert made.classes_.tolist() == ["short", "ไม่มี", "ตลก", "old"]
    assert made.bundle_.labels == tuple(TAGS)


def test_both_directions_know_the_tags():
    made = estimator(both_directions=True, epochs=1).fit(TEXTS[:80], FRAME[:80])
    assert made.bundle_.backward.labels == made.bundle_.labels == tuple(TAGS)


def test_scikit_learn_knows_that_it_takes_tags():
    assert estimator().__sklearn_tags__().classifier_tags.multi_label


def test_rows_and_texts_of_different_number():
    with pytest.raises(SourceError, match=r"^texts and labels differ in number: '300 and 299'"):
        estimator().fit(TEXTS, MATRIX[:-1])


@pytest.mark.parametrize(
    ("labels", "shown"),
    [
        ([["a"], ["b", "c"]] * 9, r"\['a'\]"),
        ([("a", "b"), ("c", "d")] * 9, r"\['a', 'b'\]"),
        ([{"ตลก"}, set()] * 9, r"\{'ตลก'\}"),
        (pd.Series([["a"], ["b", "c"]] * 9), r"\['a'\]"),
        (["a", ["b"]] * 9, r"\['b'\]"),
        ([[1, 2]] * 18, r"2\.0"),
        (np.array(ROWS) - 1, r"-1\.0"),
        (np.where(np.array(ROWS), np.nan, 0), "nan"),
        (pd.DataFrame(ROWS, dtype="Int64").mask(np.eye(3) > 0), r"\[<NA>, 0, 1\]"),
        (sparse.coo_array(([1, 1], ([0, 0], [1, 1])), shape=(2, 2)), r"2\.0"),
        (sparse.csr_array(np.array(ROWS) * 1j), "'csr_array'"),
    ],
)
def test_what_is_no_indicator_matrix(labels, shown):
    message = (
        rf"^labels that are neither classes nor an indicator matrix: {shown}{SPECIFIC}"
        r"Make the matrix from lists of tags with sklearn\.preprocessing\.MultiLabelBinarizer\.$"
    )
    with pytest.raises(LabelError, match=message):
        estimator().fit(TEXTS[:18], labels)


@pytest.mark.parametrize("labels", [np.zeros((60, 3), int), sparse.csr_array((60, 3))])
def test_a_matrix_without_tags(labels):
    with pytest.raises(
        LabelError, match=r"^no text has a tag: 'a matrix of 3 columns'; accepted: "
    ):
        estimator().fit(TEXTS[:60], labels)


def test_columns_of_one_name():
    frame = pd.DataFrame(MATRIX, columns=["ตลก", "1", 1])
    with pytest.raises(
        LabelError, match=r"^columns of tags that share a name: '1'; accepted: a na"
    ):
        estimator().fit(TEXTS, frame)
