"""`fit` that was interrupted goes on as if it had not been."""

import json
import shutil

import pytest

from tests.recipes.small_world import (
    LANGUAGE_MODEL,
    documents,
    engine,
    fit_settings,
    language_model,
    left_behind,
    prepare_settings,
    weights,
)
from tests.resume.interruption import interrupted
from ulmus.bundle.reader import load
from ulmus.errors import CheckpointError, TokenizerError
from ulmus.recipes import fit_stages
from ulmus.recipes.fit import fit
from ulmus.recipes.fit_documents import FitSources
from ulmus.recipes.prepare import Sources, prepare
from ulmus.recipes.pretrain import pretrain
from ulmus.text.sources import Document

LABELLED = documents(100)
SOURCES = FitSources(LABELLED)
SETTINGS = fit_settings(language_model={"epochs": 2, "frozen_epochs": 1}, classifier={"epochs": 3})
PARTS = ("", "language-model")


@pytest.fixture(scope="module")
def pretrained(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pretrained")
    language_model(folder)
    return load(folder / "language-model")


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory, pretrained):
    out = tmp_path_factory.mktemp("undisturbed") / "model"
    fit(SOURCES, out, SETTINGS, language_models=[pretrained])
    return [weights(out / part) for part in PARTS]


FINE_TUNING, CLASSIFIER = "fine-tuning the language model", "classifier"


@pytest.mark.parametrize(
    ("title", "after_steps", "at_once"),
    [
        (FINE_TUNING, 3, False),  # in the middle of an epoch of the first stage
        (FINE_TUNING, 9, True),  # behind the checkpoint of an epoch
        (FINE_TUNING, 2, True),  # before there is any checkpoint
        (CLASSIFIER, 7, False),
        (CLASSIFIER, 12, True),
        (CLASSIFIER, 1, True),
    ],
)
def test_the_end_is_that_of_an_undisturbed_run(
    title, after_steps, at_once, pretrained, undisturbed, tmp_path
):
    out = tmp_path / "model"
    with interrupted(title, after_steps, at_once=at_once):
        fit(SOURCES, out, SETTINGS, language_models=[pretrained])
    assert [p.name for p in tmp_path.iterdir()] == ["model.work"]
    result = fit(SOURCES, out, SETTINGS, language_models=[pretrained], resume=True)
    assert [weights(out / part) for part in PARTS] == undisturbed
    assert json.loads((out / "report.json").read_text()) == result.report.as_json()
    assert [p.name for p in tmp_path.iterdir()] == ["model"]
    assert left_behind(tmp_path) == []


def test_finished_stages_are_taken_from_the_work_folder(
    pretrained, undisturbed, tmp_path, monkeypatch
):
    out = tmp_path / "model"
    with interrupted(CLASSIFIER, 7):
        fit(SOURCES, out, SETTINGS, language_models=[pretrained])
    kept = {p.name for p in (tmp_path / "model.work").iterdir()}
    assert kept == {"fit.json", "text", "labelled", "language-model", "classifier.checkpoint"}

    def never(*rest, **more):
        raise AssertionError("a finished stage is made anew")

    monkeypatch.setattr(fit_stages, "finetune", never)
    monkeypatch.setattr(fit_stages, "prepare_documents", never)
    fit(SOURCES, out, SETTINGS, language_models=[pretrained], resume=True)
    assert [weights(out / part) for part in PARTS] == undisturbed


def test_it_may_be_interrupted_again_and_again(pretrained, undisturbed, tmp_path):
    out = tmp_path / "model"
    for number, (title, steps) in enumerate(
        [(FINE_TUNING, 4), (FINE_TUNING, 4), (CLASSIFIER, 2), (CLASSIFIER, 9)]
    ):
        with interrupted(title, steps):
            fit(SOURCES, out, SETTINGS, language_models=[pretrained], resume=number > 0)
    fit(SOURCES, out, SETTINGS, language_models=[pretrained], resume=True)
    assert [weights(out / part) for part in PARTS] == undisturbed


@pytest.mark.parametrize("title", ["language model", "backward classifier"])
def test_both_directions_from_nothing(title, tmp_path):
    settings = fit_settings(both_directions=True)
    fit(SOURCES, tmp_path / "undisturbed", settings)
    with interrupted(title, 3):
        fit(SOURCES, tmp_path / "model", settings)
    fit(SOURCES, tmp_path / "model", settings, resume=True)
    for part in (*PARTS, "backward", "backward-language-model"):
        assert weights(tmp_path / "model" / part) == weights(tmp_path / "undisturbed" / part)


REFUSED = (
    r"^there is no interrupted run with these documents and settings: '.*model\.work'; accepted: "
    r"the work folder that Ctrl-C left, with the same documents and settings\. Start without "
    r"--resume\.$"
)


@pytest.fixture(scope="module")
def stopped(tmp_path_factory, pretrained):
    """A run that was interrupted, to be copied."""
    folder = tmp_path_factory.mktemp("stopped")
    more = documents(10, seed=5, labels=False)
    with interrupted(CLASSIFIER, 2):
        fit(
            FitSources(LABELLED, unlabelled=more),
            folder / "model",
            SETTINGS,
            language_models=[pretrained],
        )
    return folder


@pytest.mark.parametrize(
    "change",
    [
        {"settings": SETTINGS.with_(classifier={"epochs": 4})},
        {"settings": SETTINGS.with_(engine={"seed": 1})},
        {"labelled": LABELLED[:-1]},
        {"labelled": [*LABELLED[:-1], Document(LABELLED[-1].columns, "bad")]},
        {"more": documents(10, seed=6, labels=False)},
        {"more": None},
        {"models": 0},
        {"models": 2},
    ],
    ids=str,
)
def test_another_run_is_refused_and_the_interrupted_one_kept(change, stopped, pretrained, tmp_path):
    shutil.copytree(stopped / "model.work", tmp_path / "model.work")
    files = sorted(p for p in tmp_path.rglob("*"))
    changed = pretrained.manifest.model_copy(update={"weights_hash": "0" * 64})
    other = type(pretrained)(pretrained.model, pretrained.processor, changed)
    models = {0: [], 1: [pretrained], 2: [other]}[change.get("models", 1)]
    sources = FitSources(
        change.get("labelled", LABELLED),
        unlabelled=change.get("more", documents(10, seed=5, labels=False)),
    )
    with pytest.raises(CheckpointError, match=REFUSED):
        fit(
            sources,
            tmp_path / "model",
            change.get("settings", SETTINGS),
            language_models=models,
            resume=True,
        )
    assert sorted(p for p in tmp_path.rglob("*")) == files


def test_nothing_to_go_on_with(tmp_path):
    with pytest.raises(CheckpointError, match=REFUSED):
        fit(SOURCES, tmp_path / "model", SETTINGS, resume=True)
    assert list(tmp_path.iterdir()) == []


def test_without_resume_it_starts_anew(stopped, pretrained, undisturbed, tmp_path):
    shutil.copytree(stopped / "model.work", tmp_path / "model.work")
    fit(SOURCES, tmp_path / "model", SETTINGS, language_models=[pretrained])
    assert [weights(tmp_path / "model" / part) for part in PARTS] == undisturbed


@pytest.mark.parametrize("spelled", [True, False])
def test_a_function_tokenizer_is_handed_in_again(spelled, tmp_path):
    name = "function:tests.resume.test_fit_resume:by_spaces"
    settings = fit_settings(prepare={"tokenizer": name} if spelled else {})
    given = None if spelled else by_spaces
    with interrupted(CLASSIFIER, 2):
        fit(SOURCES, tmp_path / "model", settings, tokenize=given)
    if not spelled:
        with pytest.raises(TokenizerError, match=name):
            shutil.copytree(tmp_path / "model.work", tmp_path / "other.work")
            fit(SOURCES, tmp_path / "other", settings, tokenize=str.split, resume=True)
    result = fit(SOURCES, tmp_path / "model", settings, tokenize=given, resume=True)
    assert result.bundle.processor.tokens("the film") == ["xxbos", "the", "film"]


def test_the_function_of_a_pretrained_model_comes_with_it(tmp_path):
    text = prepare(Sources(documents(40)), tmp_path / "c", prepare_settings(), tokenize=by_spaces)
    pretrained = pretrain(text, tmp_path / "lm", LANGUAGE_MODEL, engine())
    with interrupted(CLASSIFIER, 2):
        fit(SOURCES, tmp_path / "model", SETTINGS, language_models=[pretrained])
    result = fit(SOURCES, tmp_path / "model", SETTINGS, language_models=[pretrained], resume=True)
    assert result.bundle.processor.tokenizer.function is by_spaces


def by_spaces(text):
    return text.split()
