"""What linear models make of a task: beside scikit-learn's own pipelines."""

from itertools import pairwise

import numpy as np
import pytest
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline, make_union
from sklearn.svm import LinearSVC

from tests.recipes.small_world import documents, prepare_settings
from ulmus.recipes.fit_documents import FitSources, gather
from ulmus.recipes.linear_models import STRENGTHS, linear_models, words
from ulmus.recipes.prepare import prepare_documents


@pytest.fixture(scope="module")
def task(tmp_path_factory):
    settings = prepare_settings(source={"label": "label"}, valid_share=0.2)
    found = gather(
        FitSources(documents(240, classes=("bad", "good", "mixed"))), settings, test_share=0.2
    )
    folder = tmp_path_factory.mktemp("linear") / "corpus"
    labelled = prepare_documents(found.labelled, folder, settings, provenance={})
    return labelled, found, [list(words(each, labelled)) for each in found.split]


def of_words():
    return TfidfVectorizer(
        analyzer=lambda tokens: [*tokens, *map(" ".join, pairwise(tokens))],
        min_df=2,
        sublinear_tf=True,
    )


def of_letters():
    return TfidfVectorizer(
        analyzer="char",
        preprocessor=" ".join,
        ngram_range=(1, 4),
        min_df=3,
        sublinear_tf=True,
    )


def logistic(strength, *features):
    machine = LogisticRegression(C=strength, max_iter=1000)
    return make_pipeline(make_union(*(make() for make in features)), machine)


@pytest.mark.parametrize("most", [0, 10**6])
def test_they_learn_from_all_but_the_test_documents(task, most, monkeypatch):
    monkeypatch.setattr("ulmus.recipes.linear_models.MOST_LETTERS", most)
    features = [of_words, of_letters] if most else [of_words]
    labelled, found, (train, valid, test) = task
    made = linear_models(labelled, found)
    targets = [np.asarray(labelled.split(name).targets) for name in ("train", "valid")]
    everything = [*train, *valid], np.concatenate(targets)
    machine = make_pipeline(of_words(), LinearSVC(C=0.5, random_state=0)).fit(*everything)
    assert np.array_equal(made.predicted, machine.predict(test))
    losses = {}
    for strength in STRENGTHS:
        judging = logistic(strength, *features).fit(train, targets[0]).predict_proba(valid)
        losses[strength] = -np.log(judging[np.arange(len(valid)), targets[1]]).sum()
    best = min(losses, key=losses.get)
    judging = logistic(best, *features).fit(train, targets[0]).predict_proba(valid)
    assert made.logistic.valid == pytest.approx(judging, abs=1e-5)
    expected = logistic(best, *features).fit(*everything).predict_proba(test)
    assert made.logistic.test == pytest.approx(expected, abs=1e-5)
    assert made.logistic.model.probabilities(test) == pytest.approx(expected, abs=1e-5)
