"""The recorded recipes: what they say, through the command line, and that they train and resume."""

from pathlib import Path

import pytest

from tests.cli.running import done, refused
from tests.recipes.small_world import (
    corpus,
    documents,
    engine,
    language_model,
    quick_world,
    weights,
)
from tests.resume.interruption import interrupted
from ulmus.bundle.reader import load
from ulmus.models.awd_lstm import CLASSIFIER_DROPOUTS, AwdLstmSettings, Dropouts
from ulmus.recipes.fit import fit
from ulmus.recipes.fit_documents import FitSources
from ulmus.recipes.fit_settings import FitSettings
from ulmus.recipes.pretrain import PretrainSettings, pretrain
from ulmus.settings import Settings, resolve
from ulmus.training.parameter_groups import stage_rates
from ulmus.training.trainer_settings import TrainerSettings

CONFIGS = Path(__file__).resolve().parents[2] / "configs"
VERBS: dict[str, tuple[str, type[Settings]]] = {
    "awd-lstm-paper": ("pretrain", PretrainSettings),
    "pretrain-en": ("pretrain", PretrainSettings),
    "pretrain-th": ("pretrain", PretrainSettings),
    "ulmfit-imdb-book": ("fit", FitSettings),
    "ulmfit-paper": ("fit", FitSettings),
}
GROUPS = 5
"""Layer groups of a classifier upon an AWD-LSTM: embedding, three layers, head."""


@pytest.fixture(autouse=True, scope="module")
def small_world():
    with quick_world() as patch:
        yield patch


def path(name: str) -> Path:
    return CONFIGS / f"{name}.toml"


def test_every_recipe_is_tested_here():
    assert {file.name for file in CONFIGS.iterdir()} == {f"{name}.toml" for name in VERBS}


@pytest.mark.parametrize("name", VERBS)
def test_the_command_line_takes_it_and_prints_what_reads_back(name, tmp_path):
    verb, kind = VERBS[name]
    command = (verb, "anything", "--out", tmp_path / "out", "--print-settings")
    printed = done(*command, "--settings", path(name)).out
    again = tmp_path / "again.toml"
    again.write_text(printed, "utf-8")
    assert resolve(kind, file=again) == resolve(kind, file=path(name))
    assert done(*command, "--settings", again).out == printed


@pytest.mark.parametrize("name", VERBS)
def test_a_slip_in_it_is_told_in_one_line(name, tmp_path):
    verb, _ = VERBS[name]
    wrong = tmp_path / "wrong.toml"
    wrong.write_text(path(name).read_text("utf-8").replace("batch_size", "batchsize", 1), "utf-8")
    line = refused(tmp_path, verb, "anything", "--out", tmp_path / "out", "--settings", wrong)
    assert "'language_model.batchsize', did you mean 'language_model.batch_size'?" in line


def test_the_awd_lstm_papers_settings():
    given = resolve(PretrainSettings, file=path("awd-lstm-paper")).language_model
    assert given.encoder() == AwdLstmSettings(embedding_size=400, hidden_size=1150, layer_count=3)
    assert given.scaled_dropouts() == Dropouts(
        output_dropout=0.4,
        hidden_dropout=0.2,
        input_dropout=0.65,
        embedding_dropout=0.1,
        weight_dropout=0.5,
    )
    trainer = TrainerSettings(
        optimizer="nt-asgd", weight_decay=1.2e-6, clip=0.25, nonmonotone_interval=5
    )
    assert given.trainer == trainer
    assert (given.batch_size, given.sequence_length, given.vary_sequence_length) == (80, 70, True)
    assert (given.alpha, given.beta) == (2, 1)
    (stage,) = given.training_stages()
    assert (stage.epochs, stage.learning_rate, stage.schedule) == (750, 30, "constant")


def test_the_books_settings():
    given = resolve(FitSettings, file=path("ulmfit-imdb-book"))
    model, classifier = given.language_model, given.classifier
    assert model.scaled_dropouts() == Dropouts().scaled(0.3)
    assert (model.batch_size, model.sequence_length) == (128, 80)
    stages = model.training_stages(finetuned_on=9)
    assert [(s.epochs, stage_rates(s, 4), s.train_from, s.schedule) for s in stages] == [
        (1, [2e-2] * 4, -1, "one-cycle"),
        (10, [2e-3] * 4, 0, "one-cycle"),
    ]
    for trainer in (model.trainer, classifier.trainer):
        assert trainer == TrainerSettings(clip=1e6)  # else the defaults are fastai's
    assert (classifier.batch_size, classifier.dropout_multiplier) == (128, 0.5)
    assert [(s.epochs, s.train_from, s.schedule) for s in classifier.stages] == [
        (1, -1, "one-cycle"),
        (1, -2, "one-cycle"),
        (1, -3, "one-cycle"),
        (2, 0, "one-cycle"),
    ]
    for stage, high in zip(classifier.stages[1:], (1e-2, 5e-3, 1e-3), strict=True):
        low = high / 2.6**4
        slices = [low * (high / low) ** (group / 4) for group in range(GROUPS)]
        assert stage_rates(stage, GROUPS) == pytest.approx(slices)
    assert classifier.stages[0].learning_rate == 2e-2


def test_the_ulmfit_papers_settings():
    given = resolve(FitSettings, file=path("ulmfit-paper"))
    model, classifier = given.language_model, given.classifier
    assert model.scaled_dropouts() == CLASSIFIER_DROPOUTS
    assert classifier.dropout_multiplier == 1
    assert (model.batch_size, model.sequence_length, classifier.batch_size) == (64, 70, 64)
    assert classifier.reading.sequence_length == 70
    for part in (model, classifier):
        trainer = part.trainer
        assert (trainer.momenta[1], trainer.squared_momentum) == (0.7, 0.99)
        assert {stage.schedule for stage in part.stages} == {"slanted-triangular"}
        assert {stage.factor for stage in part.stages} == {2.6}
    assert [s.learning_rate for s in model.stages] == [0.004]
    assert {s.learning_rate for s in classifier.stages} == {0.01}
    assert [s.train_from for s in classifier.stages] == [-1, -2, -3, -4, 0]
    assert [s.epochs for s in classifier.stages[:-1]] == [1] * 4


TINY = (
    *("language_model.model=mini", "language_model.embedding_size=12"),
    *("language_model.hidden_size=16", "language_model.layer_count=3"),
    *("language_model.batch_size=4", "language_model.sequence_length=12", "engine.device=cpu"),
)
SHORT = {
    "ulmfit-imdb-book": ("language_model.stages.1.epochs=2",),
    "ulmfit-paper": ("language_model.stages.0.epochs=2", "classifier.stages.4.epochs=2"),
}


def test_the_awd_lstm_recipe_trains_and_resumes(tmp_path):
    text = corpus(tmp_path / "corpus", count=60)
    fast = ("language_model.epochs=9", "language_model.learning_rate=5")
    stubborn = "language_model.trainer.nonmonotone_interval=0"  # so that it averages within nine
    settings = resolve(
        PretrainSettings, file=path("awd-lstm-paper"), overrides=(*TINY, *fast, stubborn)
    )
    given = settings.language_model
    whole = pretrain(text, tmp_path / "whole", given, engine())
    history = (tmp_path / "whole/history.csv").read_text("utf-8")
    assert history.count("all layers, averaged") > 1
    assert whole.manifest.encoder.hidden_size == 16
    steps = history.splitlines()[-2].split(",")[2]  # to the end of the last epoch but one
    with interrupted("language model", int(steps) + 2):
        pretrain(text, tmp_path / "model", given, engine())
    pretrain(text, tmp_path / "model", given, engine(), resume=True)
    assert weights(tmp_path / "model") == weights(tmp_path / "whole")
    assert (tmp_path / "model/steps.csv").read_bytes() == (
        tmp_path / "whole/steps.csv"
    ).read_bytes()


@pytest.mark.parametrize("name", SHORT)
def test_the_ulmfit_recipes_train_and_resume(name, tmp_path):
    pretrained = language_model(tmp_path / "source", layer_count=3)
    settings = resolve(
        FitSettings,
        file=path(name),
        overrides=(*TINY, *SHORT[name], "classifier.batch_size=16", "prepare.min_freq=1"),
    )
    sources = FitSources(documents(60))
    fit(sources, tmp_path / "whole", settings, language_models=[pretrained])
    stages = [stage.name for stage in settings.classifier.stages for _ in range(stage.epochs)]
    rows = (tmp_path / "whole/history.csv").read_text("utf-8").splitlines()[1:]
    assert [row.split(",")[0] for row in rows] == stages
    with interrupted("classifier", 8):
        fit(sources, tmp_path / "model", settings, language_models=[pretrained])
    fit(sources, tmp_path / "model", settings, language_models=[pretrained], resume=True)
    for part in ("", "language-model"):
        assert weights(tmp_path / "model" / part) == weights(tmp_path / "whole" / part)
    assert load(tmp_path / "model").predict(["a fine film"])[0] in ("good", "bad")


@pytest.mark.parametrize("language", ["en", "th"])
def test_the_recipe_of_a_language_trains_small(language, tmp_path):
    settings = resolve(PretrainSettings, file=path(f"pretrain-{language}")).language_model
    assert settings.encoder() == AwdLstmSettings(embedding_size=256, hidden_size=768, layer_count=2)
    assert settings.sampled_words == 2048
    small = settings.with_(embedding_size=12, hidden_size=16, batch_size=4, sequence_length=16)
    bundle = pretrain(corpus(tmp_path / "corpus"), tmp_path / "lm", small, engine())
    assert bundle.manifest.metrics["valid_perplexity"] < len(bundle.processor.vocabulary)
