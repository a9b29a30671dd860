import joblib
import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone, is_classifier, is_regressor
from sklearn.metrics import accuracy_score
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.utils import estimator_checks

import ulmus
from tests.recipes.small_world import SIZE, documents, language_model, quick_world
from ulmus.errors import BundleError
from ulmus.estimators import UlmfitClassifier, UlmfitRegressor

DOCUMENTS = documents(60)
TEXTS = [d.text for d in DOCUMENTS]
LABELS = [d.label for d in DOCUMENTS]
QUICK = {
    "prepare.min_freq": 1,
    "language_model.batch_size": 8,
    "language_model.sequence_length": 16,
    "language_model.learning_rate": 0.02,
    "classifier.batch_size": 16,
    "classifier.learning_rate": 0.02,
    "engine.device": "cpu",
}
LEARNING = {**QUICK, "classifier.batch_size": 8, "classifier.dropout_multiplier": 0}


@pytest.fixture(scope="module", autouse=True)
def small_world():
    with quick_world():
        yield


def estimator(**changes):
    given = {"model": "mini", "language_model_epochs": 1, "epochs": 2, "settings": QUICK}
    return UlmfitClassifier(**{**given, **changes})


@pytest.fixture(scope="module")
def fitted(small_world):
    return estimator(epochs=20, settings=LEARNING).fit(TEXTS, LABELS)


CHECKS = [
    "check_estimator_cloneable",
    "check_estimator_tags_renamed",
    "check_valid_tag_types",
    "check_estimator_repr",
    "check_no_attributes_set_in_init",
    "check_do_not_raise_errors_in_init_or_set_params",
    "check_mixin_order",
    "check_parameters_default_constructible",
    "check_get_params_invariance",
    "check_set_params",
    "check_estimator_get_tags_default_keys",
]


@pytest.mark.parametrize("kind", [UlmfitClassifier, UlmfitRegressor])
@pytest.mark.parametrize("name", [n for n in CHECKS if hasattr(estimator_checks, n)])
def test_scikit_learns_checks_that_need_no_numbers(name, kind):
    # The others fit on matrices of numbers; scikit-learn leaves text estimators out of them.
    getattr(estimator_checks, name)(kind.__name__, kind())


@pytest.mark.parametrize("kind", [UlmfitClassifier, UlmfitRegressor])
def test_scikit_learn_knows_that_it_takes_text(kind):
    tags = kind().__sklearn_tags__()
    assert is_classifier(kind()) == (kind is UlmfitClassifier)
    assert is_regressor(kind()) == (kind is UlmfitRegressor)
    assert tags.input_tags.string
    assert tags.input_tags.one_d_array
    assert not tags.input_tags.two_d_array
    assert tags.target_tags.required


def test_fit_returns_itself_and_sets_what_it_promises(fitted):
    made = estimator()
    parameters = made.get_params()
    assert made.fit(TEXTS, LABELS) is made
    assert made.get_params() == parameters
    assert fitted.classes_.tolist() == ["bad", "good"]
    assert isinstance(fitted.bundle_, ulmus.TextClassifierBundle)
    assert fitted.bundle_.labels == ("bad", "good")
    assert fitted.bundle_.predict(TEXTS) == fitted.predict(TEXTS).tolist()


def test_it_learns(fitted):
    new = documents(40, seed=3)
    texts, labels = [d.text for d in new], [d.label for d in new]
    score = fitted.score(texts, labels)
    assert score == accuracy_score(labels, fitted.predict(texts))
    assert score > 0.8


def test_probabilities_have_the_columns_of_the_classes(fitted):
    probabilities = fitted.predict_proba(TEXTS)
    assert probabilities.dtype == np.float32
    assert probabilities.sum(1) == pytest.approx(np.ones(60), abs=1e-6)
    assert (fitted.classes_[probabilities.argmax(1)] == fitted.predict(TEXTS)).all()


def test_one_seed_gives_one_model_and_another_another():
    one, two, three = (
        estimator(seed=seed).fit(TEXTS, LABELS).predict_proba(TEXTS) for seed in (0, 0, 1)
    )
    assert np.array_equal(one, two)
    assert not np.array_equal(one, three)


def test_fitting_again_forgets_the_first_fit():
    made = estimator().fit(TEXTS, [label.upper() for label in LABELS])
    again = made.fit(TEXTS, LABELS).predict_proba(TEXTS)
    assert np.array_equal(again, estimator().fit(TEXTS, LABELS).predict_proba(TEXTS))


def test_one_text_at_a_time_and_any_order(fitted):
    together = fitted.predict_proba(TEXTS)
    alone = np.concatenate([fitted.predict_proba([text]) for text in TEXTS])
    assert np.abs(alone - together).max() < 1e-5
    assert np.abs(fitted.predict_proba(TEXTS[::-1]) - together[::-1]).max() < 1e-5


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ((10, 9), "integers"),
        ((False, True), "truth values"),
        ((2.0, -1.0), "floats"),
        (("z", "ä"), "strings"),
        ((np.str_("b"), np.str_("a")), "numpy strings"),
    ],
)
def test_labels_of_any_kind(values, kind):
    labels = [values[label == "good"] for label in LABELS]
    made = estimator().fit(TEXTS, labels)
    assert made.classes_.tolist() == sorted(values)
    predicted = made.predict(TEXTS)
    assert predicted.dtype == np.asarray(labels).dtype
    assert set(predicted.tolist()) <= set(values)
    assert made.bundle_.labels == tuple(map(str, sorted(values)))


def test_eleven_classes_keep_their_order():
    names = [f"{i}" for i in range(11)]
    labels = [int(names[i % 11]) for i in range(88)]
    texts = [f"text of class {label}" for label in labels]
    made = estimator(epochs=1, valid_share=0.25).fit(texts, labels)
    assert made.classes_.tolist() == list(range(11))
    assert made.bundle_.labels == tuple(names)


def test_arrays_and_columns_of_frames_are_lists_of_texts(fitted):
    frame = pd.DataFrame({"text": TEXTS, "label": LABELS}, index=range(100, 160))
    made = estimator(epochs=20, settings=LEARNING).fit(frame["text"], frame["label"])
    expected = fitted.predict_proba(TEXTS)
    assert np.array_equal(made.predict_proba(frame["text"]), expected)
    assert np.array_equal(made.predict_proba(np.array(TEXTS, dtype=object)), expected)


def test_clone_and_parameters():
    made = estimator(seed=3)
    copied = clone(made)
    assert copied.get_params() == made.get_params()
    assert not hasattr(copied, "bundle_")
    copied.set_params(epochs=5, tokenizer="characters")
    assert (copied.epochs, copied.tokenizer, made.epochs) == (5, "characters", 2)
    with pytest.raises(ValueError, match="Invalid parameter 'epoch'"):
        copied.set_params(epoch=5)


def test_a_pipeline():
    made = make_pipeline(FunctionTransformer(lambda texts: [t.upper() for t in texts]), estimator())
    made.fit(TEXTS, LABELS)
    assert made.predict(TEXTS[:3]).shape == (3,)
    assert "xxup" in made[-1].bundle_.processor.vocabulary


def test_cross_validation():
    made = estimator(epochs=20, settings=LEARNING)
    more = documents(100, seed=1)
    texts, labels = [d.text for d in more], [d.label for d in more]
    scores = cross_val_score(made, texts, labels, cv=2, error_score="raise")
    assert scores.shape == (2,)
    assert scores.mean() > 0.6


def test_grid_search():
    grid = {"epochs": [1, 20], "settings": [LEARNING]}
    search = GridSearchCV(estimator(), grid, cv=2, error_score="raise").fit(TEXTS, LABELS)
    assert len(search.cv_results_["params"]) == 2
    scores = search.cv_results_["mean_test_score"]
    assert search.best_estimator_.epochs == grid["epochs"][int(np.argmax(scores))]
    assert search.predict(TEXTS[:2]).shape == (2,)


def test_a_pickled_classifier_answers_alike(fitted, tmp_path):
    joblib.dump(fitted, tmp_path / "classifier.joblib")
    loaded = joblib.load(tmp_path / "classifier.joblib")
    assert np.array_equal(loaded.predict_proba(TEXTS), fitted.predict_proba(TEXTS))
    assert loaded.get_params() == fitted.get_params()


def test_both_directions():
    made = estimator(both_directions=True).fit(TEXTS, LABELS)
    assert made.bundle_.backward.manifest.backward
    assert made.bundle_.backward.labels == made.bundle_.labels


def test_a_pretrained_model_by_path_or_in_memory(tmp_path):
    bundle = language_model(tmp_path)
    by_path = estimator(language_model=tmp_path / "language-model").fit(TEXTS, LABELS)
    in_memory = clone(estimator(language_model=bundle)).fit(TEXTS, LABELS)
    expected = by_path.predict_proba(TEXTS)
    assert np.array_equal(in_memory.predict_proba(TEXTS), expected)
    assert not np.array_equal(estimator().fit(TEXTS, LABELS).predict_proba(TEXTS), expected)
    assert by_path.bundle_.manifest.encoder == SIZE
    with pytest.raises(BundleError, match="there is no bundle"):
        estimator(language_model=tmp_path / "missing").fit(TEXTS, LABELS)
