"""Stages given one by one, in the place of a recipe's own, and sizes and dropouts given singly."""

import csv
from pathlib import Path

import pytest
import torch

from tests.recipes.small_world import (
    CLASSIFIER,
    LANGUAGE_MODEL,
    SIZE,
    corpus,
    documents,
    engine,
    language_model,
    prepare_settings,
)
from ulmus.errors import SettingsError
from ulmus.models.awd_lstm import Dropouts
from ulmus.recipes.classifier_settings import ClassifierTrainingSettings
from ulmus.recipes.finetune import finetune
from ulmus.recipes.language_model_settings import LanguageModelSettings
from ulmus.recipes.language_model_training import LanguageModelRun
from ulmus.recipes.prepare import Sources, prepare
from ulmus.recipes.pretrain import pretrain
from ulmus.recipes.train_classifier import train_classifier
from ulmus.training.loop import Trainer
from ulmus.training.stage import Stage

PLAIN = LanguageModelSettings(model="mini", batch_size=8, sequence_length=16)
STAGES = (
    Stage(name="top", epochs=2, learning_rate=0.02, train_from=-1),
    Stage(name="rest", epochs=1, learning_rate=0.01, lowest_learning_rate=1e-3, train_from=1),
)
CLASSIFIER_PLAIN = ClassifierTrainingSettings(batch_size=16)


@pytest.fixture(scope="module")
def text(tmp_path_factory):
    return corpus(tmp_path_factory.mktemp("text") / "corpus", count=120)


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    return language_model(tmp_path_factory.mktemp("source"))


@pytest.fixture(scope="module")
def task(tmp_path_factory, source):
    return prepare(
        Sources(documents(80), documents(20, seed=1)),
        tmp_path_factory.mktemp("task") / "corpus",
        prepare_settings(source={"label": "label"}),
        splitter=source.processor.splitter,
        vocabulary=source.processor.vocabulary,
    )


@pytest.fixture
def optimized(monkeypatch):
    """What each stage's optimizer was given: name, and its groups' highest rates."""
    seen = []
    run_stage = Trainer._run_stage

    def noting(self, stage, *rest):
        run_stage(self, stage, *rest)
        seen.append((stage.name, [group["peak"] for group in self.optimizer.param_groups]))

    monkeypatch.setattr(Trainer, "_run_stage", noting)
    return seen


def stages_of(folder: Path) -> list[str]:
    with (folder / "history.csv").open(encoding="utf-8", newline="") as file:
        return [row["stage"] for row in csv.DictReader(file)]


def test_pretraining_goes_by_the_stages_given(text, optimized, tmp_path):
    made = pretrain(text, tmp_path / "lm", PLAIN.with_(stages=STAGES), engine())
    assert stages_of(tmp_path / "lm") == ["top", "top", "rest"]
    middle = pytest.approx((0.01 * 1e-3) ** 0.5)
    assert optimized == [("top", [0.02] * 2), ("rest", [middle, middle, 0.01, 0.01])]
    told = made.manifest.provenance["settings"]["stages"]
    assert [stage["train_from"] for stage in told] == [-1, 1]


def test_fine_tuning_goes_by_the_stages_given(source, text, tmp_path):
    made = finetune(source, text, tmp_path / "lm", PLAIN.with_(stages=STAGES), engine())
    assert stages_of(tmp_path / "lm") == ["top", "top", "rest"]
    old, new = (m.model.encoder.stack.layers for m in (source, made))
    kept = zip(old[0].parameters(), new[0].parameters(), strict=True)
    assert all(torch.equal(one, other) for one, other in kept)  # train_from = 1


def test_a_classifier_goes_by_the_stages_given(source, task, optimized, tmp_path):
    given = CLASSIFIER_PLAIN.with_(
        stages=(
            Stage(name="head", epochs=1, learning_rate=0.02, others_learning_rate=0.002),
            Stage(name="two", epochs=2, learning_rate=0.01, factor=2.6, train_from=-2),
        )
    )
    train_classifier(source, task, tmp_path / "model", given, engine())
    assert stages_of(tmp_path / "model") == ["head", "two", "two"]
    (_, first), (_, second) = optimized
    assert sorted(set(first)) == [0.002, 0.02]
    assert sorted(second) == pytest.approx([0.01 / 2.6] * 2 + [0.01] * 2)


def test_without_stages_the_recipes_own_are_taken():
    assert [s.name for s in PLAIN.training_stages()] == ["all layers"]
    both = PLAIN.training_stages(finetuned_on=230_000)
    assert [(s.name, s.train_from, s.epochs) for s in both] == [
        ("embedding and decoder", -1, 1),
        ("all layers", 0, 3),
    ]
    without = PLAIN.with_(frozen_epochs=0).training_stages(finetuned_on=9)
    assert [s.name for s in without] == ["all layers"]
    for tokens in (None, 700_000):
        given = PLAIN.with_(stages=STAGES).training_stages(finetuned_on=tokens)
        assert given == list(STAGES)


@pytest.mark.parametrize(
    ("settings", "change", "said"),
    [
        (PLAIN, {"epochs": 3}, "epochs would have no effect beside stages; leave it out, or set"),
        (
            PLAIN,
            {"learning_rate": 0.1, "factor": 2.0, "schedule": "constant", "frozen_epochs": 0},
            "learning_rate, factor, frozen_epochs, schedule would have no effect",
        ),
        (CLASSIFIER_PLAIN, {"unfreeze": "all"}, "unfreeze would have no effect beside stages"),
        (CLASSIFIER_PLAIN, {"learning_rate": 0.1}, "learning_rate would have no effect"),
    ],
)
def test_settings_that_stages_leave_idle_are_refused(settings, change, said):
    settings.with_(**change)
    with pytest.raises(SettingsError, match=said):
        settings.with_(stages=STAGES, **change)


@pytest.mark.parametrize("train_from", [3, -4])
def test_a_group_that_is_not_there_ends_before_training(train_from, text, tmp_path):
    wrong = Stage(name="x", epochs=1, learning_rate=0.1, train_from=train_from)
    with pytest.raises(SettingsError, match=rf"train from: {train_from}; accepted: -3 to 2\. "):
        pretrain(text, tmp_path / "lm", PLAIN.with_(stages=(*STAGES, wrong)), engine())
    assert list(tmp_path.iterdir()) == []


def test_sizes_take_the_place_of_the_presets():
    assert LANGUAGE_MODEL.encoder() == SIZE
    changed = LANGUAGE_MODEL.with_(hidden_size=24, layer_count=3).encoder()
    assert changed == SIZE.with_(hidden_size=24, layer_count=3)
    assert LANGUAGE_MODEL.with_(embedding_size=10).encoder() == SIZE.with_(embedding_size=10)


def test_the_size_and_dropouts_given_are_those_of_the_model(text, tmp_path):
    five = Dropouts(
        output_dropout=0.4,
        hidden_dropout=0.2,
        input_dropout=0.6,
        embedding_dropout=0.1,
        weight_dropout=0.5,
    )
    settings = LANGUAGE_MODEL.with_(
        dropouts=five, dropout_multiplier=0.5, hidden_size=24, layer_count=3, embedding_size=10
    )
    made = pretrain(text, tmp_path / "lm", settings, engine())
    sizes = SIZE.with_(embedding_size=10, hidden_size=24, layer_count=3)
    assert made.manifest.encoder == made.model.encoder.settings == sizes
    assert list(dict(made.model.encoder.dropouts).values()) == [0.2, 0.1, 0.3, 0.05, 0.25]
    assert [layer.hidden_size for layer in made.model.encoder.stack.layers] == [24, 24, 10]


def test_one_dropout_alone_leaves_the_others():
    changed = LANGUAGE_MODEL.with_(dropouts={"weight_dropout": 0.5}, dropout_multiplier=1.0)
    assert changed.scaled_dropouts() == Dropouts(weight_dropout=0.5)


def test_lengths_vary_in_training_only(text, tmp_path):
    settings = LANGUAGE_MODEL.with_(vary_sequence_length=True)
    run = LanguageModelRun(text, tmp_path, settings, engine(), None, False, "")
    training, judging = run.batches("train"), run.batches("valid")
    lengths = [[b.tokens.shape[1] for b in batches.batches(0)] for batches in (training, judging)]
    assert len(set(lengths[0][:-1])) > 1
    assert set(lengths[1][:-1]) <= {16}
    assert training.rate_shares(0).tolist() == [length / 16 for length in lengths[0]]
    plain = LanguageModelRun(text, tmp_path, LANGUAGE_MODEL, engine(), None, False, "")
    fixed = [b.tokens.shape[1] for b in plain.batches("train").batches(0)]
    assert set(fixed[:-1]) == {16}


def test_the_classifiers_own_settings_still_reach_its_stages(source, task, tmp_path):
    train_classifier(source, task, tmp_path / "model", CLASSIFIER, engine())
    assert stages_of(tmp_path / "model") == ["all layers"] * CLASSIFIER.epochs
