"""A classifier in which a linear model has a say, and what calibration does."""

from dataclasses import replace

import numpy as np
import pytest

from tests.bundle.saved_models import TEXTS, change_manifest, classifier
from tests.models.seen_words import seen
from ulmus.bundle.reader import load
from ulmus.bundle.writer import write_bundle
from ulmus.errors import BundleError
from ulmus.inference.calibration import Calibration
from ulmus.models.ngram_classifier import NgramClassifier
from ulmus.models.ngram_features import without_special_tokens


def words(bundle, texts):
    return [without_special_tokens(bundle.processor.tokens(text)) for text in texts]


@pytest.fixture(scope="module")
def blended():
    plain = classifier()
    read, targets = words(plain, TEXTS), np.array([0, 1, 2, 2, 1])
    features, rows = seen(read)
    ngrams = NgramClassifier.trained(features, rows, targets, class_count=3)
    manifest = plain.manifest.with_(calibration=Calibration(network=0.5, ngrams=2.0))
    return replace(plain, manifest=manifest, ngrams=ngrams)


def test_log_odds_are_added(blended):
    network = classifier().predict_proba(TEXTS)
    linear = blended.ngrams.probabilities(words(blended, TEXTS))
    scores = 0.5 * np.log(network) + 2 * np.log(linear)
    expected = np.exp(scores) / np.exp(scores).sum(1, keepdims=True)
    assert blended.predict_proba(TEXTS) == pytest.approx(expected, abs=1e-5)
    assert blended.predict_proba(TEXTS).dtype == np.float32


def test_it_comes_back_as_it_was(blended, tmp_path):
    write_bundle(tmp_path, blended)
    loaded = load(tmp_path)
    assert loaded.manifest.calibration == Calibration(network=0.5, ngrams=2.0)
    assert np.array_equal(loaded.predict_proba(TEXTS), blended.predict_proba(TEXTS))
    assert loaded.predict([]) == []


@pytest.mark.parametrize("damage", ["a byte", "a file", "another model"])
def test_a_damaged_linear_model_is_refused(blended, damage, tmp_path):
    write_bundle(tmp_path, blended)
    path = tmp_path / "ngrams" / "weights.safetensors"
    if damage == "a byte":
        path.write_bytes(path.read_bytes()[:-1] + b"\x01")
    elif damage == "a file":
        path.unlink()
    else:
        change_manifest(tmp_path, lambda facts: facts.update(target="tags"))
    with pytest.raises(BundleError, match=r"^the bundle is damaged \(the linear model "):
        load(tmp_path)


def test_a_temperature_changes_how_sure_and_not_what(blended):
    plain = classifier()
    cooler = replace(plain, manifest=plain.manifest.with_(calibration={"network": 0.5}))
    assert cooler.predict(TEXTS) == plain.predict(TEXTS)
    assert (cooler.predict_proba(TEXTS).max(1) < plain.predict_proba(TEXTS).max(1)).all()


def test_what_is_too_unsure_is_not_told():
    plain = classifier()
    sure = plain.predict_proba(TEXTS).max(1)
    border = float(np.median(sure))
    found = plain.predict(TEXTS, abstain_below=border)
    told = [label if p >= border else None
            for label, p in zip(plain.predict(TEXTS), sure, strict=True)]  # fmt: skip
    assert found == told
    assert None in found
    assert any(found)


@pytest.mark.parametrize("below", [-0.1, 1.5])
def test_no_probability_to_abstain_below(below):
    with pytest.raises(BundleError, match=r"abstaining needs classes, and a probability"):
        classifier().predict(TEXTS, abstain_below=below)


def test_tags_are_told_or_not_by_themselves():
    plain = classifier()
    tags = replace(plain, manifest=plain.manifest.with_(target="tags"))
    assert tags.predict(TEXTS, abstain_below=0) == tags.predict(TEXTS)
    with pytest.raises(BundleError, match=r"'0\.5 with a model that says tags'; accepted: 0 to 1"):
        tags.predict(TEXTS, abstain_below=0.5)
