"""Weights of evidence, found again where they are known."""

import numpy as np
import pytest
from scipy.special import expit, softmax

from ulmus.errors import SettingsError
from ulmus.inference.calibration import Calibration, fitted_calibration


def drawn(scores, seed=1):
    """Draw classes by their probabilities."""
    chance = np.random.default_rng(seed).random((len(scores), 1))
    return (softmax(scores, axis=1).cumsum(1) < chance).sum(1)


def test_the_temperature_of_a_network_that_is_too_sure_is_found():
    scores = np.random.default_rng(0).normal(0, 1.5, (20_000, 4))
    found = fitted_calibration(drawn(scores), softmax(2.5 * scores, axis=1))
    assert found.network == pytest.approx(1 / 2.5, rel=0.05)
    assert found.ngrams == 0
    said = found.apply(softmax(2.5 * scores, axis=1))
    assert said == pytest.approx(softmax(scores, axis=1), abs=0.02)


def test_two_sources_are_weighed_by_what_they_know():
    chance = np.random.default_rng(0)
    one, other = chance.normal(0, 1, (2, 20_000, 3))
    targets = drawn(1.0 * one + 0.5 * other)
    found = fitted_calibration(targets, softmax(one, axis=1), softmax(2 * other, axis=1))
    assert found.network == pytest.approx(1.0, rel=0.07)
    assert found.ngrams == pytest.approx(0.25, rel=0.1)


def test_a_source_that_knows_nothing_has_no_say():
    one, noise = np.random.default_rng(0).normal(0, 2, (2, 5_000, 3))
    found = fitted_calibration(drawn(one), softmax(one, axis=1), softmax(noise, axis=1))
    assert found.ngrams < 0.03


def test_tags_are_calibrated_each_by_itself():
    chance = np.random.default_rng(0)
    scores = chance.normal(-1, 2, (20_000, 3))
    has = chance.random(scores.shape) < expit(scores)
    found = fitted_calibration(has, expit(3 * scores))
    assert found.network == pytest.approx(1 / 3, rel=0.05)
    assert found.apply(expit(3 * scores), tags=True) == pytest.approx(expit(scores), abs=0.02)


def test_few_documents_move_little():
    network = np.array([[0.9, 0.1], [0.2, 0.8]])
    found = fitted_calibration(np.array([0, 1]), network)
    assert 1 <= found.network < 1.2  # both are right, and no number is too large for them


def test_probabilities_of_zero_and_one_are_borne():
    network = np.array([[1.0, 0.0], [0.0, 1.0]] * 50, np.float32)
    found = fitted_calibration(np.array([0, 0] * 50), network, network)
    said = found.apply(network, network)
    assert np.isfinite(said).all()
    assert said.dtype == np.float32
    assert said.sum(1) == pytest.approx(np.ones(100), abs=1e-6)


def test_without_calibration_nothing_is_changed():
    network = np.array([[0.3, 0.7]], np.float32)
    assert Calibration().apply(network) is network


def test_weights_are_not_negative():
    with pytest.raises(SettingsError, match=r"network"):
        Calibration().with_(network=-1)
