"""`UlmfitRegressor`: a number for each text."""

from decimal import Decimal

import joblib
import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.exceptions import DataConversionWarning, NotFittedError
from sklearn.metrics import mean_absolute_error, r2_score
from sklearn.model_selection import KFold, cross_val_score

import ulmus
from tests.recipes.small_world import quick_world
from tests.recipes.test_fit_targets import STARS, starred
from tests.test_estimators import QUICK
from tests.test_estimators_tags import LEARNING
from ulmus.errors import BundleError, LabelError, SettingsError, SourceError
from ulmus.estimators import UlmfitRegressor

DOCUMENTS = starred(300)
TEXTS = [d.text for d in DOCUMENTS]
NUMBERS = [int(d.label) for d in DOCUMENTS]
TELLING = [f"the plot a {word} film story" for word in STARS.values()]


@pytest.fixture(scope="module", autouse=True)
def small_world():
    with quick_world():
        yield


def estimator(**changes):
    given = {"model": "mini", "language_model_epochs": 1, "epochs": 1, "settings": QUICK}
    return UlmfitRegressor(**{**given, **changes})


@pytest.fixture(scope="module")
def fitted(small_world):
    made = estimator(epochs=12, settings=LEARNING, number_range=(0.5, 5.5))
    return made.fit(TEXTS, NUMBERS)


def test_numbers_are_learned_within_their_range(fitted):
    said = fitted.predict(TELLING)

    assert isinstance(fitted, ulmus.UlmfitRegressor)
    assert said.dtype == np.float64
    assert said == pytest.approx([1, 2, 3, 4, 5], abs=0.8)
    assert said.tolist() == sorted(said) == fitted.bundle_.predict(TELLING)
    assert fitted.bundle_.manifest.number.low == 0.5
    assert fitted.predict([]).shape == (0,)


def test_the_score_is_the_share_of_variance(fitted):
    new = starred(80, seed=5)
    texts, numbers = [d.text for d in new], [int(d.label) for d in new]

    assert fitted.score(texts, numbers) == r2_score(numbers, fitted.predict(texts))
    assert fitted.score(texts, numbers) > 0.7


def test_without_a_range_any_number_can_be_said():
    far = [1000.0 * number - 2500 for number in NUMBERS]  # of both signs
    made = estimator(epochs=12, settings=LEARNING).fit(np.array(TEXTS), pd.Series(far))

    assert made.bundle_.manifest.number.low is None
    assert made.predict(TELLING) == pytest.approx([-1500, -500, 500, 1500, 2500], abs=800)


@pytest.mark.parametrize(
    "numbers",
    [
        np.array(NUMBERS, np.float32),
        pd.Series(NUMBERS, index=range(500, 800), dtype="Int64"),
        [Decimal(number) for number in NUMBERS],
        [str(number) for number in NUMBERS],
    ],
)
def test_numbers_of_any_type(numbers):
    expected = estimator().fit(TEXTS, NUMBERS).predict(TELLING)
    assert np.array_equal(estimator().fit(TEXTS, numbers).predict(TELLING), expected)


def test_numbers_are_taken_to_the_last_bit():
    numbers = [0.1 + 0.2, 1e-300, -1 / 3] * 20
    made = estimator().fit(TEXTS[:60], numbers)
    range_ = estimator(number_range=(min(numbers), max(numbers))).fit(TEXTS[:60], numbers)

    assert made.bundle_.manifest.number.mean == pytest.approx(np.mean(numbers), abs=0.2)
    assert range_.bundle_.manifest.number.high == 0.1 + 0.2
    with pytest.raises(LabelError, match=r"range: 0\.30000000000000004; accepted: -0\.333333 to 0"):
        estimator(number_range=(-1 / 3, 0.3)).fit(TEXTS[:60], numbers)


def test_cross_validation_of_numbers():
    texts, numbers = TEXTS[:120], np.array(NUMBERS[:120])
    made = estimator(epochs=4, settings=LEARNING)

    scores = cross_val_score(
        made, texts, numbers, cv=2, scoring="neg_mean_absolute_error", error_score="raise"
    )

    train, test = next(KFold(2).split(texts))
    one = clone(made).fit([texts[i] for i in train], numbers[train])
    said = one.predict([texts[i] for i in test])
    assert scores[0] == -mean_absolute_error(numbers[test], said)
    assert scores.shape == (2,)


def test_clone_and_parameters():
    made = estimator(number_range=(0, 6), seed=3)
    copied = clone(made)

    assert copied.get_params() == made.get_params()
    copied.set_params(number_range=None, epochs=5)
    assert (copied.number_range, copied.epochs, made.number_range) == (None, 5, (0, 6))
    with pytest.raises(ValueError, match="Invalid parameter 'class_weight'"):
        copied.set_params(class_weight="balanced")


def test_a_pickled_regressor_answers_alike(fitted, tmp_path):
    joblib.dump(fitted, tmp_path / "regressor.joblib")
    loaded = joblib.load(tmp_path / "regressor.joblib")
    assert np.array_equal(loaded.predict(TELLING), fitted.predict(TELLING))


def test_there_are_no_probabilities(fitted):
    assert not hasattr(fitted, "predict_proba")
    assert not hasattr(fitted, "classes_")
    with pytest.raises(BundleError, match="says numbers, which have no probabilities"):
        fitted.bundle_.predict_proba(TELLING)
    with pytest.raises(AttributeError, match=r"UlmfitRegressor has none of .*: predict_proba"):
        cross_val_score(
            estimator(), TEXTS, NUMBERS, cv=2, scoring="neg_log_loss", error_score="raise"
        )


def test_predicting_before_fitting():
    with pytest.raises(NotFittedError, match="This UlmfitRegressor instance is not fitted yet"):
        estimator().predict(TELLING)


def test_a_column_of_numbers_is_taken_with_scikit_learns_warning():
    with pytest.warns(DataConversionWarning, match="column-vector"):
        estimator().fit(TEXTS[:60], np.array(NUMBERS[:60])[:, None])


@pytest.mark.parametrize(
    ("bad", "shown"),
    [
        (float("nan"), "nan"),
        (float("-inf"), "-inf"),
        (None, "None"),
        (pd.NA, "<NA>"),
        ("สี่", "สี่"),
        pytest.param(10**400, "1000", id="huge"),
        (pd.Timestamp("2024-01-01"), "2024"),
    ],
)
def test_what_is_no_finite_number(bad, shown):
    with pytest.raises(
        LabelError,
        match=rf"^a label that is no finite number: '{shown}.*; accepted: a finite number for "
        r"every text\. Mend it, or take UlmfitClassifier for classes and tags\.$",
    ):
        estimator().fit(TEXTS, [bad, *NUMBERS[1:]])


def test_dates_are_no_numbers():
    dates = pd.date_range("2024-01-01", periods=300)
    with pytest.raises(LabelError, match="no finite number: '2024-01-01"):
        estimator().fit(TEXTS, dates)


@pytest.mark.parametrize(
    ("numbers", "changes", "error", "message"),
    [
        (NUMBERS[:-1], {}, SourceError, "texts and labels differ in number: '300 and 299'"),
        ([4] * 300, {}, LabelError, r"there is one number only: 4\.0"),
        (NUMBERS, {"number_range": (2, 6)}, LabelError, r"outside of the range: 1\.0; .*: 2 to 6"),
        (NUMBERS, {"number_range": (1,)}, SettingsError, r"number_range\.1 is missing"),
        (NUMBERS, {"number_range": ("a", 1)}, SettingsError, r"number_range\.0 = 'a'"),
        (NUMBERS, {"epochs": 0}, SettingsError, r"classifier\.epochs = 0"),
        (
            NUMBERS,
            {"number_range": (0, 9), "settings": {"classifier.number_range": (0, 10)}},
            SettingsError,
            r"^a setting that goes by other means here: 'classifier\.number_range'; accepted: the "
            r"argument number_range\. Leave it out of settings\.$",
        ),
        (
            NUMBERS,
            {"settings": {"classifier.label_smoothing": 0.1}},
            SettingsError,
            "label smoothing, where the labels are numbers",
        ),
    ],
)
def test_what_cannot_be_learned_is_told(numbers, changes, error, message):
    with pytest.raises(error, match=message):
        estimator(**changes).fit(TEXTS, numbers)


def test_several_numbers_a_text():
    with pytest.raises(ValueError, match=r"y should be a 1d array, got an array of shape \(300, 2"):
        estimator().fit(TEXTS, np.ones((300, 2)))


def test_texts_that_are_none():
    with pytest.raises(SourceError, match="the texts are no list of strings: 'DataFrame'"):
        estimator().fit(pd.DataFrame({"text": TEXTS}), NUMBERS)
