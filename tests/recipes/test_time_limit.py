"""Epochs that fit into the time there is."""

import time

import pytest

from tests.recipes.small_world import CLASSIFIER, LANGUAGE_MODEL, documents, fit_settings
from ulmus.bundle.reader import load
from ulmus.recipes.fit import fit
from ulmus.recipes.fit_documents import FitSources
from ulmus.recipes.time_limit import LEFT_OVER, TimeLimit, TrainingTime
from ulmus.training.stage import Stage

STAGES = [
    Stage(name="head", epochs=1, learning_rate=1e-2, train_from=-1),
    Stage(name="all", epochs=8, learning_rate=1e-3),
]


def shortened(tmp_path, seconds, name="a"):
    limit = TrainingTime(seconds, tmp_path / name)
    return [stage.epochs for stage in limit.shortened(STAGES, lambda: 100.0, 1000.0)]


@pytest.mark.parametrize(
    ("seconds", "epochs"),
    [(1000, [1, 8]), (85, [1, 8]), (84, [1, 7]), (25, [1, 2]), (14, [1]), (3, [1])],
)
def test_the_last_stage_loses_epochs_and_then_the_others_go(tmp_path, seconds, epochs):
    # A pass takes ten seconds, one of the head alone five.
    assert shortened(tmp_path, seconds) == epochs


def test_a_run_that_goes_on_decides_as_before(tmp_path):
    first = shortened(tmp_path, 25)
    limit = TrainingTime(1000, tmp_path / "a")
    again = limit.shortened(STAGES, lambda: pytest.fail("measured again"), 1000.0)
    assert [stage.epochs for stage in again] == first


def test_time_is_shared_by_what_is_still_to_be_done():
    limit = TimeLimit(10, time.monotonic())
    assert limit.share([1, 1.5]) == pytest.approx(LEFT_OVER * 600 * 0.4, rel=0.01)
    assert limit.share([1.5]) == pytest.approx(LEFT_OVER * 600, rel=0.01)
    late = TimeLimit(1, time.monotonic() - 3600)
    assert late.share([1]) == 0


def test_a_fit_obeys_its_minutes(tmp_path):
    many = fit_settings(
        language_model=LANGUAGE_MODEL.with_(epochs=10_000),
        classifier=CLASSIFIER.with_(epochs=10_000),
        minutes=0.2,
    )
    started = time.monotonic()
    fit(FitSources(documents(240)), tmp_path / "model", many)
    assert time.monotonic() - started < 90  # without a limit it is hours
    rows = (tmp_path / "model" / "history.csv").read_text("utf-8").splitlines()
    assert 2 <= len(rows) < 2000
    assert load(tmp_path / "model").labels == ("bad", "good")


def test_one_epoch_is_done_in_any_case(tmp_path):
    fit(FitSources(documents(240)), tmp_path / "model", fit_settings(minutes=1e-6))
    rows = (tmp_path / "model" / "history.csv").read_text("utf-8").splitlines()
    assert len(rows) == 2
