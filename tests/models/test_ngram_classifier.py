"""Logistic regression upon words, beside scikit-learn's own pipeline."""

import json
from itertools import pairwise

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline, make_union

from tests.models.seen_words import seen
from ulmus.models.ngram_classifier import NgramClassifier

CLASSES = 3


def documents(count, seed=0, class_count=CLASSES):
    """Return word lists and classes; each class has words of its own and shares others."""
    chance = np.random.default_rng(seed)
    targets = chance.integers(class_count, size=count)
    texts = [
        [f"c{target}w{chance.integers(30)}" if chance.random() < 0.3 else f"w{chance.integers(60)}"
         for _ in range(12)]
        for target in targets
    ]  # fmt: skip
    return texts, targets


def reference(texts, targets, strength, letters=0):
    features = [
        TfidfVectorizer(
            analyzer=lambda words: [*words, *map(" ".join, pairwise(words))],
            min_df=2,
            sublinear_tf=True,
        )
    ]
    if letters:
        features.append(
            TfidfVectorizer(
                analyzer="char",
                preprocessor=" ".join,
                ngram_range=(1, letters),
                min_df=3,
                sublinear_tf=True,
            )
        )
    machine = LogisticRegression(C=strength, max_iter=1000)
    return make_pipeline(make_union(*features), machine).fit(texts, targets)


def trained(texts, targets, class_count, strength=16.0, letters=0):
    features, rows = seen(texts, longest_letters=letters)
    return NgramClassifier.trained(
        features, rows, targets, class_count=class_count, strength=strength
    )


@pytest.mark.parametrize("strength", [4.0, 64.0])
@pytest.mark.parametrize("class_count", [2, 3])
@pytest.mark.parametrize("letters", [0, 3])
def test_probabilities_are_those_of_scikit_learn(letters, class_count, strength):
    texts, targets = documents(300, class_count=class_count)
    others, _ = documents(100, 1, class_count)
    made = trained(texts, targets, class_count, strength, letters)
    expected = reference(texts, targets, strength, letters).predict_proba(others)
    assert made.probabilities(others) == pytest.approx(expected, abs=1e-5)
    assert made.probabilities(iter(others)) == pytest.approx(expected, abs=1e-5)


def test_tags_are_told_each_by_itself():
    texts, targets = documents(300)
    has = np.stack([targets == 0, targets > 0, np.ones_like(targets, bool)], axis=1)
    made = trained(texts, has, 3)
    said = made.probabilities(texts)
    assert said.shape == has.shape
    assert (said[:, 2] > 0.999).all()  # there was no document without it
    assert np.mean((said >= 0.5) == has) > 0.95
    one = reference(texts, has[:, 0], 16.0).predict_proba(texts)[:, 1]
    assert said[:, 0] == pytest.approx(one, abs=1e-5)


def test_a_class_without_a_training_document_is_hardly_ever_said():
    texts, targets = documents(100, class_count=2)
    made = trained(texts, targets, 4)
    said = made.probabilities(texts)
    assert said.shape == (100, 4)
    assert said[:, 2:].max() < 1e-4


@pytest.fixture
def saved(tmp_path):
    texts, targets = documents(100)
    made = trained(texts, targets, 3, letters=4)
    made.save(tmp_path)
    return made, tmp_path, texts


def test_it_comes_back_as_it_was(saved):
    made, folder, texts = saved
    loaded = NgramClassifier.load(folder)
    assert np.array_equal(loaded.probabilities(texts), made.probabilities(texts))
    assert sorted(path.name for path in folder.iterdir()) == [
        "features.json",
        "weights.safetensors",
    ]


DAMAGED_FACTS = ("fewer names", "longest", "endless", "twice", "no blocks", "many blocks")


@pytest.mark.parametrize("damage", ["no file", "no JSON", "other shape", *DAMAGED_FACTS])
def test_damaged_files_are_refused(saved, damage):
    _, folder, _ = saved
    path = folder / "features.json"
    facts = json.loads(path.read_text("utf-8"))
    if damage == "no file":
        path.unlink()
    elif damage == "no JSON":
        path.write_text("[" * 100_000)
    elif damage == "fewer names":
        facts["blocks"][0]["features"].pop()
    elif damage == "longest":
        facts["blocks"][1]["longest"] = "2"
    elif damage == "endless":
        facts["blocks"][0]["longest"] = 1 << 40
    elif damage == "twice":
        facts["blocks"][0]["features"][1] = facts["blocks"][0]["features"][0]
    elif damage == "no blocks":
        facts["blocks"] = []
    elif damage == "many blocks":
        facts["blocks"] += [facts["blocks"][0] | {"features": []}] * 10_000
    else:
        arrays = load_file(folder / "weights.safetensors")
        save_file({**arrays, "weights": arrays["weights"][:2]}, folder / "weights.safetensors")
    if damage in DAMAGED_FACTS:
        path.write_text(json.dumps(facts))
    with pytest.raises(ValueError, match=r"the linear model"):
        NgramClassifier.load(folder)
