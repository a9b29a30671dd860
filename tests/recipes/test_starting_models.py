"""When a fit starts from the packaged models."""

import shutil

import pytest

from tests.recipes.small_world import documents, fit_settings, language_model
from ulmus.bundle import packaged
from ulmus.bundle.reader import load, load_language_model
from ulmus.errors import UlmusWarning
from ulmus.recipes import starting_models as starting
from ulmus.recipes.fit import fit
from ulmus.recipes.fit_documents import FitSources
from ulmus.recipes.fit_settings import FitSettings
from ulmus.text.sources import Document

LABELLED = documents(160)
UNTOLD = {"model": None}


@pytest.fixture(scope="module")
def small_ones(tmp_path_factory):
    """Return a folder with small models in the place of the packaged ones."""
    folder = tmp_path_factory.mktemp("packaged")
    for name, backward in (("en", False), ("en-backward", True)):
        made = language_model(folder / "work" / name, backward=backward)
        shutil.copytree(folder / "work" / name / "language-model", folder / name)
        assert made.manifest.backward is backward
    return folder


@pytest.fixture(autouse=True)
def small_package(small_ones, monkeypatch):
    monkeypatch.setattr(starting, "PACKAGED", small_ones)
    monkeypatch.setattr(packaged, "PACKAGED", small_ones)


def found(settings, texts=LABELLED, tokenize=None):
    models = starting.starting_models(settings, texts, tokenize)
    return [model.manifest.backward for model in models]


def test_english_text_starts_from_the_packaged_model():
    assert found(FitSettings()) == [False]
    assert found(FitSettings().with_(prepare={"tokenizer": "words:en", "rules": "fastai"})) == [
        False
    ]
    assert found(FitSettings(both_directions=True)) == [False, True]
    assert found(FitSettings().with_(language_model={"backward": True})) == [True]


@pytest.mark.parametrize(
    "changes",
    [
        {"language_model": {"model": "compact"}},
        {"language_model": {"hidden_size": 64}},
        {"prepare": {"tokenizer": "words:de"}},
        {"prepare": {"tokenizer": "characters"}},
        {"prepare": {"rules": "unicode"}},
    ],
)
def test_a_size_or_another_cut_starts_from_nothing(changes):
    assert found(FitSettings().with_(**changes)) == []
    assert found(FitSettings(), tokenize=str.split) == []


def test_text_that_the_model_does_not_know_starts_from_nothing_and_is_told():
    german = [Document(("der alte Mann und das Meer",), "gut")] * 9
    with pytest.warns(UlmusWarning, match=r"knows \d+ % of the text's tokens only, so a new one"):
        assert found(FitSettings(), german) == []


def test_a_fit_without_a_model_starts_from_the_packaged_one(tmp_path, small_ones):
    settings = fit_settings(language_model=UNTOLD)
    result = fit(FitSources(LABELLED), tmp_path / "model", settings)
    packaged_size = load_language_model(small_ones / "en").manifest.encoder
    assert result.language_model.manifest.encoder == packaged_size
    assert result.report.perplexity_before is not None
    alone = fit(FitSources(LABELLED), tmp_path / "alone", settings, language_models=[])
    assert alone.report.perplexity_before is None
    assert alone.language_model.manifest.encoder.hidden_size == 640


def test_a_packaged_model_is_loaded_by_its_name(tmp_path, monkeypatch, small_ones):
    assert load("en").manifest == load(small_ones / "en").manifest
    assert load("en-backward").manifest.backward
    monkeypatch.chdir(tmp_path)
    shutil.copytree(small_ones / "en-backward", tmp_path / "en")
    assert load("en").manifest.backward  # a folder of the user's comes first


@pytest.mark.parametrize("keep", [True, False])
def test_words_of_the_model_stay_known_though_the_text_lacks_them(keep, tmp_path):
    labelled = [d for d in LABELLED if "grim" not in d.text]
    settings = fit_settings(language_model={**UNTOLD, "keep_words": keep})
    result = fit(FitSources(labelled), tmp_path / "model", settings)
    assert ("grim" in result.bundle.processor.vocabulary) is keep
    assert ("grim" in result.language_model.processor.vocabulary) is keep
