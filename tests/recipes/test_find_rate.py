import csv

import pytest
import torch

from tests.recipes.small_world import (
    CLASSIFIER,
    LANGUAGE_MODEL,
    corpus,
    documents,
    language_model,
    prepare_settings,
    real_pictures,
)
from ulmus.errors import CorpusError, LabelError, OutputError
from ulmus.recipes.find_rate import (
    FindRateSettings,
    classifier_rate,
    language_model_rate,
    write_curve,
)
from ulmus.recipes.prepare import Sources, prepare

SETTINGS = FindRateSettings(language_model=LANGUAGE_MODEL, classifier=CLASSIFIER).with_(
    engine={"device": "cpu"}, finder={"steps": 40}
)


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    return language_model(tmp_path_factory.mktemp("source"))


@pytest.fixture(scope="module")
def task(tmp_path_factory, source):
    return prepare(
        Sources(documents(100)),
        tmp_path_factory.mktemp("task") / "c",
        prepare_settings(source={"label": "label"}),
        splitter=source.processor.splitter,
        vocabulary=source.processor.vocabulary,
    )


def plausible(curve):
    """Tell whether a curve rises in rates from the lowest one and suggests one of them."""
    ratio = (10 / 1e-7) ** (1 / 40)
    expected = [1e-7 * ratio**i for i in range(len(curve.rates))]
    return curve.rates == pytest.approx(expected) and curve.suggestion in curve.rates


def test_a_new_language_model(tmp_path):
    text = corpus(tmp_path / "c", count=120)
    curve = language_model_rate(text, None, SETTINGS)
    assert plausible(curve)
    assert 1e-6 < curve.suggestion < 1
    assert curve.losses[0] == pytest.approx(3.18, abs=0.1)  # ln 24 words
    assert language_model_rate(text, None, SETTINGS) == curve
    other = language_model_rate(text, None, SETTINGS.with_(engine={"seed": 1}))
    assert other != curve


def test_a_language_model_to_be_fine_tuned_is_left_as_it_was(source, tmp_path):
    text = corpus(tmp_path / "c", count=120)
    before = {name: value.clone() for name, value in source.model.state_dict().items()}
    curve = language_model_rate(text, source, SETTINGS)
    assert plausible(curve)
    assert curve.losses[0] < 3.1  # it knows the words
    assert all(torch.equal(before[n], v) for n, v in source.model.state_dict().items())


def test_a_classifier(source, task):
    curve = classifier_rate(task, source, SETTINGS)
    assert plausible(curve)
    assert curve.losses[0] == pytest.approx(0.75, abs=0.3)  # about ln 2
    assert classifier_rate(task, source, SETTINGS) == curve


def test_the_curve_is_written(source, task, tmp_path):
    curve = classifier_rate(task, source, SETTINGS)
    with real_pictures():
        write_curve(tmp_path / "rates", curve)
    with (tmp_path / "rates/learning_rates.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [float(row["learning_rate"]) for row in rows] == curve.rates
    assert [float(row["smoothed_loss"]) for row in rows] == curve.losses
    png = (tmp_path / "rates/learning_rates.png").read_bytes()
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    write_curve(tmp_path / "rates", curve)
    assert [p.name for p in tmp_path.iterdir()] == ["rates"]


def test_a_taken_folder_is_refused(source, task, tmp_path):
    (tmp_path / "thesis.txt").write_text("text")
    with pytest.raises(OutputError, match=r"folder that holds learning_rates\.csv"):
        write_curve(tmp_path, classifier_rate(task, source, SETTINGS.with_(finder={"steps": 2})))


def test_labels_and_vocabulary_are_checked(source, tmp_path):
    with pytest.raises(LabelError, match="a classifier needs two classes or more: 'no labels'"):
        classifier_rate(corpus(tmp_path / "one"), source, SETTINGS)
    with pytest.raises(CorpusError, match="was made with another vocabulary than the model"):
        other = corpus(tmp_path / "two", labels=True, max_vocab=12)
        classifier_rate(other, source, SETTINGS)
