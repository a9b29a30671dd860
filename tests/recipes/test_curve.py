"""Figures against the number of labels: every model, every draw, and the same test."""

import csv
from collections import Counter

import pytest

from tests.recipes.small_world import documents, fit_settings, left_behind, real_pictures
from ulmus.errors import LabelError, SettingsError
from ulmus.recipes.curve import BLENDED, MACHINE, NETWORK, REGRESSION, CurveSettings, curve
from ulmus.recipes.fit_documents import FitSources

LABELLED = documents(300)


def settings(**changes):
    made = fit_settings(prepare={"source": {"label": "label"}}).model_dump()
    return CurveSettings().with_(**made).with_(**changes)


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    out = tmp_path_factory.mktemp("curve") / "out"
    chosen = settings(labels=(100, 20, 5000), draws=2, classifier={"epochs": 8})
    with real_pictures():
        return out, curve(FitSources(LABELLED), out, chosen)


def test_every_model_is_measured_for_every_draw(done):
    _, rows = done
    assert Counter(row.model for row in rows) == dict.fromkeys(
        [NETWORK, BLENDED, MACHINE, REGRESSION], 4
    )
    assert sorted({(row.labels, row.draw) for row in rows}) == [
        (20, 0),
        (20, 1),
        (100, 0),
        (100, 1),
    ]


def test_more_labels_tell_more(done):
    _, rows = done
    for model in (MACHINE, REGRESSION):
        means = [
            sum(row.accuracy for row in rows if row.model == model and row.labels == count) / 2
            for count in (20, 100)
        ]
        assert means[1] > 0.95 > means[0] > 0.5


def test_draws_differ(done):
    _, rows = done
    few = [row for row in rows if row.labels == 20 and row.model in (MACHINE, REGRESSION)]
    assert len({row.accuracy for row in few}) > 1


def test_the_folder_holds_table_and_picture_and_nothing_else(done):
    out, rows = done
    assert sorted(path.name for path in out.iterdir()) == ["curve.csv", "curve.png"]
    read = list(csv.DictReader((out / "curve.csv").read_text("utf-8").splitlines()))
    assert list(read[0]) == ["labels", "draw", "model", "accuracy", "macro_f1"]
    assert [float(row["accuracy"]) for row in read] == pytest.approx(
        [row.accuracy for row in rows], abs=1e-6
    )
    assert (out / "curve.png").read_bytes().startswith(b"\x89PNG")
    assert left_behind(out) == []


def test_too_few_labels_are_refused(tmp_path):
    with pytest.raises(LabelError, match=r"cannot be drawn: 3; accepted: 4 to "):
        curve(FitSources(LABELLED), tmp_path / "out", settings(labels=(3, 20)))
    assert not any(tmp_path.iterdir())


def test_labels_that_are_no_classes_are_refused(tmp_path):
    chosen = settings(prepare={"source": {"target": "number"}})
    with pytest.raises(SettingsError, match=r"a curve of labels that are no classes: 'number'"):
        curve(FitSources(LABELLED), tmp_path / "out", chosen)
