"""Recipes under the papers' settings, in both directions, interrupted and resumed bit by bit."""

import csv

import pytest

from tests.recipes.small_world import (
    corpus,
    documents,
    engine,
    fit_settings,
    language_model,
    left_behind,
    prepare_settings,
    weights,
)
from tests.resume.interruption import facts_in, interrupted
from ulmus.errors import CheckpointError
from ulmus.recipes.classifier_settings import ClassifierTrainingSettings
from ulmus.recipes.finetune import finetune
from ulmus.recipes.fit import fit
from ulmus.recipes.fit_documents import FitSources
from ulmus.recipes.language_model_settings import LanguageModelSettings
from ulmus.recipes.prepare import Sources, prepare
from ulmus.recipes.pretrain import pretrain
from ulmus.recipes.train_classifier import train_classifier
from ulmus.training.stage import Stage

NT_ASGD = {"optimizer": "nt-asgd", "nonmonotone_interval": 0, "clip": 0.25, "weight_decay": 1e-6}
PAPERS = LanguageModelSettings(
    model="mini",
    batch_size=8,
    sequence_length=12,
    vary_sequence_length=True,
    stages=(
        Stage(name="top", epochs=1, learning_rate=8.0, train_from=-1, schedule="constant"),
        Stage(name="all", epochs=6, learning_rate=30.0, factor=1.5, schedule="constant"),
    ),
).with_(trainer=NT_ASGD)
CLASSIFIER = ClassifierTrainingSettings(
    batch_size=16,
    stages=(
        Stage(name="head", epochs=1, learning_rate=0.02, train_from=-1),
        Stage(
            name="two",
            epochs=1,
            learning_rate=0.01,
            others_learning_rate=0.001,
            train_from=-2,
            schedule="slanted-triangular",
        ),
        Stage(name="all", epochs=2, learning_rate=0.01, lowest_learning_rate=0.001),
    ),
)
SOURCES = FitSources(documents(100))


@pytest.fixture(scope="module")
def text(tmp_path_factory):
    return corpus(tmp_path_factory.mktemp("text") / "corpus", count=160)


@pytest.fixture(scope="module", params=[False, True], ids=["forward", "backward"])
def source(request, tmp_path_factory):
    return language_model(tmp_path_factory.mktemp("source"), backward=request.param)


def epochs_of(folder):
    with (folder / "history.csv").open(encoding="utf-8", newline="") as file:
        return [(row["stage"], int(row["step"])) for row in csv.DictReader(file)]


def assert_resumes(run, title, tmp_path, *, averaged):
    """Interrupt a run in each of its epochs, and at each of their ends, one after the other."""
    run(tmp_path / "whole", resume=False)
    epochs = epochs_of(tmp_path / "whole")
    assert any(stage.endswith("averaged") for stage, _ in epochs) is averaged
    last = 0
    for _, step in epochs:
        for place in sorted({last + (step - last) // 2, step}):
            with interrupted(title, place - last):
                run(tmp_path / "model", resume=last > 0)
            last = place
    run(tmp_path / "model", resume=True)
    assert weights(tmp_path / "model") == weights(tmp_path / "whole")
    assert epochs_of(tmp_path / "model") == epochs
    steps = [(tmp_path / name / "steps.csv").read_bytes() for name in ("model", "whole")]
    assert steps[0] == steps[1]
    assert left_behind(tmp_path) == []


@pytest.mark.parametrize("backward", [False, True])
def test_pretraining(backward, text, tmp_path):
    def run(out, *, resume):
        settings = PAPERS.with_(backward=backward)
        made = pretrain(text, out, settings, engine(1), resume=resume)
        assert made.manifest.backward is backward

    title = "backward language model" if backward else "language model"
    assert_resumes(run, title, tmp_path, averaged=True)


def test_fine_tuning(source, tmp_path):
    text = prepare(
        Sources(documents(160, seed=3, labels=False)),
        tmp_path / "corpus",
        prepare_settings(),
        splitter=source.processor.splitter,
    )
    backward = source.manifest.backward

    def run(out, *, resume):
        made = finetune(source, text, out, PAPERS, engine(1), resume=resume)
        assert made.manifest.backward is backward

    title = f"fine-tuning the {'backward ' if backward else ''}language model"
    assert_resumes(run, title, tmp_path, averaged=True)


def test_a_classifier(source, tmp_path):
    task = prepare(
        Sources(documents(80), documents(20, seed=1)),
        tmp_path / "corpus",
        prepare_settings(source={"label": "label"}),
        splitter=source.processor.splitter,
        vocabulary=source.processor.vocabulary,
    )
    backward = source.manifest.backward

    def run(out, *, resume):
        made = train_classifier(source, task, out, CLASSIFIER, engine(1), resume=resume)
        assert made.manifest.backward is backward

    title = "backward classifier" if backward else "classifier"
    assert_resumes(run, title, tmp_path, averaged=False)


@pytest.mark.parametrize(
    ("title", "steps"),
    [("language model", 20), ("backward language model", 25), ("backward classifier", 7)],
)
def test_fit_in_both_directions(title, steps, tmp_path):
    given = {"language_model": PAPERS, "classifier": CLASSIFIER, "both_directions": True}
    settings = fit_settings().model_copy(update=given)
    fit(SOURCES, tmp_path / "whole", settings)
    with interrupted(title, steps):
        fit(SOURCES, tmp_path / "model", settings)
    result = fit(SOURCES, tmp_path / "model", settings, resume=True)
    for part in ("", "language-model", "backward", "backward-language-model"):
        assert weights(tmp_path / "model" / part) == weights(tmp_path / "whole" / part)
        names = [stage.split(",")[0] for stage, _ in epochs_of(tmp_path / "model" / part)]
        language = part.endswith("language-model")
        assert names == (["top"] + ["all"] * 6 if language else ["head", "two", "all", "all"])
    assert result.bundle.backward is not None
    assert left_behind(tmp_path) == []


@pytest.mark.parametrize(
    "change",
    [
        {"vary_sequence_length": False},
        {"trainer": {"nonmonotone_interval": 3}},
        {"trainer": {"clip": 0.3}},
        {"stages": {"1": {"learning_rate": 19.0}}},
        {"stages": {"0": {"train_from": -2}}},
        {"dropouts": {"weight_dropout": 0.1}},
        {"backward": True},
    ],
    ids=str,
)
def test_other_settings_are_refused_and_the_checkpoint_kept(change, text, tmp_path):
    with interrupted("language model", 12):
        pretrain(text, tmp_path / "model", PAPERS, engine(1))
    kept = facts_in(tmp_path / "model.checkpoint")
    with pytest.raises(CheckpointError, match="the checkpoint is of another run"):
        pretrain(text, tmp_path / "model", PAPERS.with_(**change), engine(1), resume=True)
    assert facts_in(tmp_path / "model.checkpoint") == kept


def test_settings_of_stages_that_cannot_be_keep_an_interrupted_runs_checkpoint(text, tmp_path):
    with interrupted("language model", 12):
        pretrain(text, tmp_path / "model", PAPERS, engine(1))
    wrong = PAPERS.with_(stages={"1": {"schedule": "one-cycle"}})
    with pytest.raises(CheckpointError, match="the checkpoint is of another run"):
        pretrain(text, tmp_path / "model", wrong, engine(1), resume=True)
    assert facts_in(tmp_path / "model.checkpoint")
