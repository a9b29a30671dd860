"""Single recipes that were interrupted, with `--resume` and without."""

import pytest

from tests.recipes.small_world import (
    CLASSIFIER,
    LANGUAGE_MODEL,
    corpus,
    documents,
    engine,
    language_model,
    prepare_settings,
    weights,
)
from tests.resume.interruption import facts_in, interrupted
from ulmus.errors import CheckpointError
from ulmus.recipes.finetune import finetune
from ulmus.recipes.prepare import Sources, prepare
from ulmus.recipes.pretrain import pretrain
from ulmus.recipes.train_classifier import train_classifier

EPOCHS = {"epochs": 2}


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    return language_model(tmp_path_factory.mktemp("source"))


@pytest.fixture(scope="module")
def text(tmp_path_factory):
    return corpus(tmp_path_factory.mktemp("text") / "corpus", count=120)


@pytest.fixture(scope="module")
def task(tmp_path_factory, source):
    return prepare(
        Sources(documents(80), documents(20, seed=1)),
        tmp_path_factory.mktemp("task") / "corpus",
        prepare_settings(source={"label": "label"}),
        splitter=source.processor.splitter,
        vocabulary=source.processor.vocabulary,
    )


@pytest.fixture(params=["pretrain", "finetune", "train_classifier"])
def recipe(request, text, task, source):
    """Its title, and the recipe as a function of the output folder and what may differ."""

    def run(out, *, seed=0, resume=False, **changes):
        rest = {"resume": resume}
        if request.param == "pretrain":
            settings = LANGUAGE_MODEL.with_(**EPOCHS, **changes)
            return pretrain(text, out, settings, engine(seed), **rest)
        if request.param == "finetune":
            settings = LANGUAGE_MODEL.with_(**EPOCHS, **changes)
            return finetune(source, text, out, settings, engine(seed), **rest)
        settings = CLASSIFIER.with_(**EPOCHS, **changes)
        return train_classifier(source, task, out, settings, engine(seed), **rest)

    titles = {
        "pretrain": "language model",
        "finetune": "fine-tuning the language model",
        "train_classifier": "classifier",
    }
    return titles[request.param], run


def test_it_goes_on_as_if_it_had_not_been_interrupted(recipe, tmp_path):
    title, run = recipe
    run(tmp_path / "undisturbed")
    with interrupted(title, 7):
        run(tmp_path / "model")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["model.checkpoint", "undisturbed"]
    run(tmp_path / "model", resume=True)
    assert weights(tmp_path / "model") == weights(tmp_path / "undisturbed")
    for name in ("steps.csv", "README.md"):
        assert (tmp_path / "model" / name).exists()
    steps = [(tmp_path / n / "steps.csv").read_text() for n in ("model", "undisturbed")]
    assert steps[0] == steps[1]
    assert sorted(p.name for p in tmp_path.iterdir()) == ["model", "undisturbed"]


@pytest.mark.parametrize(
    "change", [{"seed": 5}, {"learning_rate": 0.03}, {"dropout_multiplier": 0.1}], ids=str
)
def test_other_settings_are_refused_and_the_checkpoint_kept(change, recipe, tmp_path):
    title, run = recipe
    with interrupted(title, 3):
        run(tmp_path / "model")
    kept = facts_in(tmp_path / "model.checkpoint")
    with pytest.raises(CheckpointError):
        run(tmp_path / "model", resume=True, **change)
    assert facts_in(tmp_path / "model.checkpoint") == kept
    run(tmp_path / "model", resume=True)
    assert (tmp_path / "model/bundle.json").exists()


def test_nothing_to_go_on_with(recipe, tmp_path):
    _, run = recipe
    with pytest.raises(CheckpointError, match=r"there is no usable checkpoint.*without --resume"):
        run(tmp_path / "model", resume=True)
    assert list(tmp_path.iterdir()) == []


def test_without_resume_it_starts_anew(recipe, tmp_path):
    title, run = recipe
    with interrupted(title, 3):
        run(tmp_path / "model", seed=9)
    run(tmp_path / "model")
    run(tmp_path / "other")
    assert weights(tmp_path / "model") == weights(tmp_path / "other")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["model", "other"]
