"""What `UlmfitClassifier` refuses, and what it may be told."""

import numpy as np
import pandas as pd
import pytest
from sklearn.exceptions import DataConversionWarning, NotFittedError

from tests.recipes.small_world import (
    LANGUAGE_MODEL,
    documents,
    engine,
    prepare_settings,
    quick_world,
)
from tests.test_estimators import LABELS, QUICK, TEXTS, estimator
from ulmus.errors import LabelError, SettingsError, SourceError, TokenizerError
from ulmus.estimators import UlmfitClassifier
from ulmus.estimators.labels import read_labels
from ulmus.recipes.prepare import Sources, prepare
from ulmus.recipes.pretrain import pretrain


@pytest.fixture(scope="module", autouse=True)
def small_world():
    with quick_world():
        yield


@pytest.mark.parametrize("method", ["predict", "predict_proba"])
def test_predicting_before_fitting(method):
    with pytest.raises(NotFittedError, match="This UlmfitClassifier instance is not fitted yet"):
        getattr(UlmfitClassifier(), method)(TEXTS)


def test_a_fit_that_failed_is_no_fit():
    made = estimator(model="huge")
    with pytest.raises(SettingsError, match="unknown model preset: 'huge'"):
        made.fit(TEXTS, LABELS)
    with pytest.raises(NotFittedError):
        made.predict(TEXTS)


def test_texts_and_labels_of_different_number():
    with pytest.raises(
        SourceError,
        match=r"^texts and labels differ in number: '60 and 59'; accepted: a label for every "
        r"text\. Give both of one length\.$",
    ):
        estimator().fit(TEXTS, LABELS[:-1])


@pytest.mark.parametrize(
    ("texts", "shown"),
    [
        ("one text", "str"),
        ([*TEXTS[:-1], None], "NoneType"),
        ([*TEXTS[:-1], float("nan")], "float"),
        ([*TEXTS[:-1], b"bytes"], "bytes"),
        (np.zeros((60, 2)), "ndarray"),
        (np.array(TEXTS)[:, None], "ndarray"),
        (pd.Series([*TEXTS[:-1], None], dtype=object), "NoneType"),
        (pd.DataFrame({"text": TEXTS}), "DataFrame"),
        (dict.fromkeys(TEXTS), "dict"),
        (set(TEXTS), "set"),
        (None, "NoneType"),
    ],
)
def test_what_is_no_list_of_strings(texts, shown):
    message = (
        rf"^the texts are no list of strings: '{shown}'; accepted: a list, array or column of "
        r"strings\. Convert them, and fill the gaps with ''\.$"
    )
    with pytest.raises(SourceError, match=message):
        estimator().fit(texts, LABELS)


def test_predicting_what_is_no_list_of_strings():
    made = estimator().fit(TEXTS, LABELS)
    for texts in ("one text", ["text", None], pd.DataFrame({"text": TEXTS})):
        with pytest.raises(SourceError, match="the texts are no list of strings"):
            made.predict(texts)
    assert made.predict([]).shape == (0,)
    assert made.predict(["", " \t"]).shape == (2,)


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        (["same"] * 60, r"^there is one class only: 'same'"),
        ([7] * 60, r"^there is one class only: '7'"),
        ([*[True] * 30, *[False] * 29, True], None),
        (["once", *["often"] * 59], r"^a class with a single document: 'once'"),
    ],
)
def test_labels_of_which_nothing_can_be_learned(labels, message):
    if message is None:
        estimator(epochs=1).fit(TEXTS, labels)
        return
    with pytest.raises(LabelError, match=message):
        estimator().fit(TEXTS, labels)


THIRTY = ["ดี", "แย่"] * 15
MISSING = r"^a label that is missing: '{}'; accepted: a class for every text\. Leave its text out"


@pytest.mark.parametrize(
    ("labels", "shown"),
    [
        ([None, *THIRTY], "None"),
        ([float("nan"), *THIRTY], "nan"),
        ([None, True, False], "None"),
        ([1, 2, None], "None"),
        (np.array([1, 2, np.nan]), "nan"),
        (np.array([[1], [2], [None]], object), "None"),
        (pd.Series([*THIRTY, None], dtype="string"), "<NA>"),
        (pd.Series([1, 2, None], dtype="Int64"), "<NA>"),
        (pd.Series([*THIRTY, None], dtype="category"), "nan"),
        (pd.to_datetime(["2024-01-01", "2025-01-01", None]), "NaT"),
    ],
)
@pytest.mark.filterwarnings("ignore:A column-vector y")
def test_a_label_that_is_missing(labels, shown):
    with pytest.raises(LabelError, match=MISSING.format(shown)):
        estimator().fit(["ข้อความ"] * len(labels), labels)


@pytest.mark.parametrize(
    ("labels", "shown"),
    [
        ([*THIRTY, 1], r"'ดี' \(str\) and 1 \(int\)"),
        (np.array([2.5, "ดี", "แย่"], object), r"2\.5 \(float\) and 'ดี' \(str\)"),
        (["ดี", b"bad"], r"'ดี' \(str\) and b'bad' \(bytes\)"),
    ],
)
def test_labels_of_different_types(labels, shown):
    message = rf"^labels of different types: .*{shown}.*; accepted: labels of one type\. Convert "
    with pytest.raises(LabelError, match=message):
        estimator().fit(["ข้อความ"] * len(labels), labels)


def test_numbers_of_different_types_are_of_one_type():
    assert read_labels([1, 2.0, True, np.int64(2)]).classes.tolist() == [1, 2]
    assert read_labels(["a", np.str_("b")] * 2).classes.tolist() == ["a", "b"]


@pytest.mark.parametrize("labels", [np.linspace(0, 1, 60), np.zeros((60, 3, 2), int), None])
def test_labels_that_are_no_classes(labels):
    with pytest.raises(ValueError, match=r"Unknown label type|y should be a 1d array|with dim 3"):
        estimator().fit(TEXTS, labels)


def test_a_column_of_labels_is_taken_with_scikit_learns_warning():
    with pytest.warns(DataConversionWarning, match="column-vector"):
        made = estimator(epochs=1).fit(TEXTS, np.array(LABELS)[:, None])
    assert made.classes_.tolist() == ["bad", "good"]


def test_too_few_documents_for_validation():
    with pytest.raises(
        LabelError,
        match=r"^too few documents to hold a share out for validation: 0\.1; accepted: 5 "
        r"documents or more in some class\. Give more documents, or a larger valid_share\.$",
    ):
        estimator().fit(TEXTS[:4], LABELS[:4])


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"classifier.epoch": 3}, r"unknown setting 'classifier\.epoch', did you mean 'classifier"),
        ({"nonsense": 3}, r"unknown setting 'nonsense'"),
        ({"classifier.batch_size": 0}, r"classifier\.batch_size = 0"),
        ({"classifier.unfreeze": None}, r"classifier\.unfreeze = None"),
    ],
)
def test_unknown_or_unusable_settings(settings, message):
    with pytest.raises(SettingsError, match=message):
        estimator(settings=settings).fit(TEXTS, LABELS)


def test_settings_of_any_type_and_the_dictionary_stays_as_it_was():
    given = {
        **QUICK,
        "prepare": {"max_vocab": 20},
        "prepare.rules": "none",
        "prepare.tokenizer": "characters",
        "classifier.reading.head_size": np.int64(7),
        "classifier.unfreeze": "all",
    }
    before = {name: dict(v) if isinstance(v, dict) else v for name, v in given.items()}
    made = estimator(epochs=1, settings=given).fit(TEXTS, LABELS)
    assert given == before
    assert made.bundle_.processor.rules.name == "none"
    assert made.bundle_.manifest.classifier.head_size == 7
    assert len(made.bundle_.processor.vocabulary) <= 24


def by_spaces(text):
    return text.split()


def test_a_function_tokenizer():
    made = estimator(tokenizer=by_spaces).fit(TEXTS, LABELS)
    assert made.bundle_.processor.tokenizer.function is by_spaces


def test_a_pretrained_model_with_a_function_needs_it_again(tmp_path):
    text = prepare(Sources(documents(40)), tmp_path / "c", prepare_settings(), tokenize=by_spaces)
    pretrain(text, tmp_path / "lm", LANGUAGE_MODEL, engine())
    made = estimator(language_model=tmp_path / "lm", tokenizer=by_spaces).fit(TEXTS, LABELS)
    assert made.bundle_.processor.tokenizer.function is by_spaces
    with pytest.raises(TokenizerError, match="test_estimators_input:by_spaces"):
        estimator(language_model=tmp_path / "lm").fit(TEXTS, LABELS)


def test_progress_is_shown_when_asked_for(capsys):
    estimator(epochs=1).fit(TEXTS, LABELS)
    assert capsys.readouterr() == ("", "")
    estimator(epochs=1, verbose=True).fit(TEXTS, LABELS)
    shown = capsys.readouterr()
    assert shown.out == ""
    assert "classifier" in shown.err
    assert "accuracy" in shown.err
