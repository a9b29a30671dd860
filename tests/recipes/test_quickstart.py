from collections import Counter

import pytest

from tests.recipes.small_world import (
    TELLING,
    documents,
    fit_settings,
)
from ulmus.bundle.reader import load
from ulmus.errors import OutputError
from ulmus.recipes import quickstart as module
from ulmus.recipes.quickstart import QuickstartSettings, _text, quickstart
from ulmus.text.sources import Document

SETTINGS = QuickstartSettings.model_validate(fit_settings(blend=True).model_dump())
STYLES = {"python": "bad", "numpy": "good", "scipy": "mixed"}
SIZES = {"python": 900, "numpy": 300, "scipy": 40}


def labelled(package):
    made = documents(SIZES[package], classes=(STYLES[package],))
    return [Document((f"{d.text} {i}",), package) for i, d in enumerate(made)]


@pytest.fixture(autouse=True)
def three_packages(monkeypatch):
    monkeypatch.setattr(module, "SCIENTIFIC", ("numpy", "scipy"))
    monkeypatch.setattr(module, "labelled_docstrings", labelled)


def test_the_text_is_divided_without_overlap():
    text = _text(0)
    assert Counter(d.label for d in text.test) == {"python": 120, "numpy": 60, "scipy": 8}
    assert Counter(d.label for d in text.labelled) == {"python": 50, "numpy": 50, "scipy": 32}
    assert len(text.unlabelled) == 480 - 50 + 240 - 50
    assert {d.label for d in text.unlabelled} == {None}
    parts = [{d.columns for d in part} for part in text]
    assert sum(map(len, parts)) == len(set().union(*parts))


def test_the_division_depends_on_the_seed_alone():
    assert _text(0) == _text(0)
    assert _text(1).test != _text(0).test


def test_the_whole_path(tmp_path):
    result = quickstart(tmp_path / "model", SETTINGS)
    saved = load(tmp_path / "model")
    assert saved.labels == ("numpy", "python", "scipy")
    report = result.report
    assert report.test_documents == 188
    assert report.train_documents + report.valid_documents == 132
    assert report.perplexity_after > 1
    assert report.linear_figures["accuracy"] > 0.5
    assert [p.name for p in tmp_path.iterdir()] == ["model"]
    assert set(TELLING["good"]) <= set(saved.processor.vocabulary.tokens)


@pytest.mark.parametrize("name", ["model", "model.work"])
def test_taken_folders_are_left_alone(name, tmp_path):
    (tmp_path / name).mkdir()
    (tmp_path / name / "thesis.txt").write_text("text")
    with pytest.raises(OutputError, match=rf"^the output path is taken: '.*{name}'"):
        quickstart(tmp_path / "model", SETTINGS)
    assert [p.name for p in tmp_path.rglob("*")] == [name, "thesis.txt"]


def test_an_error_leaves_nothing_behind(tmp_path):
    with pytest.raises(Exception, match="unknown model preset: 'huge'"):
        quickstart(tmp_path / "model", SETTINGS.with_(language_model={"model": "huge"}))
    assert list(tmp_path.iterdir()) == []
