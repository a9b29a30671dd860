import csv
import json
import math
from dataclasses import replace

import pytest

from tests.recipes.small_world import (
    LANGUAGE_MODEL,
    corpus,
    engine,
    left_behind,
    prepare_settings,
    real_pictures,
    weights,
)
from ulmus.bundle.reader import load
from ulmus.errors import CorpusError, OutputError, SettingsError
from ulmus.recipes.prepare import Sources, prepare
from ulmus.recipes.pretrain import pretrain
from ulmus.training import objectives


@pytest.fixture(scope="module")
def text(tmp_path_factory):
    return corpus(tmp_path_factory.mktemp("text") / "corpus", count=120)


def test_one_seed_gives_the_same_weights_and_another_does_not(text, tmp_path):
    for name, seed in (("one", 3), ("two", 3), ("three", 4)):
        pretrain(text, tmp_path / name, LANGUAGE_MODEL, engine(seed))
    assert weights(tmp_path / "one") == weights(tmp_path / "two")
    assert weights(tmp_path / "one") != weights(tmp_path / "three")
    assert left_behind(tmp_path) == []


def test_a_bundle_with_the_story_of_its_training(text, tmp_path):
    settings = LANGUAGE_MODEL.with_(epochs=2)
    with real_pictures():
        bundle = pretrain(text, tmp_path / "lm", settings, engine())
    assert (tmp_path / "lm/history.png").read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"
    with (tmp_path / "lm/history.csv").open(encoding="utf-8", newline="") as file:
        epochs = list(csv.DictReader(file))
    assert [(row["stage"], row["epoch"]) for row in epochs] == [
        ("all layers", "1"),
        ("all layers", "2"),
    ]
    for row in epochs:
        assert float(row["perplexity"]) == pytest.approx(
            math.exp(float(row["valid_loss"])), rel=1e-4
        )
    with (tmp_path / "lm/steps.csv").open(encoding="utf-8", newline="") as file:
        steps = list(csv.DictReader(file))
    assert [int(row["step"]) for row in steps] == list(range(1, int(epochs[-1]["step"]) + 1))
    loaded = load(tmp_path / "lm")
    assert loaded.manifest.metrics == bundle.manifest.metrics
    assert set(bundle.manifest.metrics) == {
        "valid_perplexity",
        "valid_bits_per_character",
        "valid_tokens",
    }
    provenance = loaded.manifest.provenance
    assert provenance["pretraining_tokens"] == text.split("train").token_count
    assert provenance["corpus"] == text.fingerprint
    assert provenance["source"] == "a list of 120 texts"
    assert provenance["settings"] == json.loads(settings.model_dump_json())


def test_the_figures_are_those_of_the_saved_model(text, tmp_path):
    bundle = pretrain(text, tmp_path / "lm", LANGUAGE_MODEL, engine())
    valid = text.split("valid")
    texts = [text.processor.decode(valid.document(i)) for i in range(valid.document_count)]
    found = load(tmp_path / "lm").perplexity(texts)
    metrics = bundle.manifest.metrics
    assert found.token_count == metrics["valid_tokens"]
    assert found.per_token == pytest.approx(metrics["valid_perplexity"], rel=1e-4)
    assert found.bits_per_character == pytest.approx(metrics["valid_bits_per_character"], rel=1e-4)


@pytest.mark.parametrize("backward", [False, True])
def test_a_model_learns_documents_in_its_direction(backward, tmp_path):
    counting = ["one two three four five six"] * 60
    text = prepare(Sources(counting[:-6], counting[-6:]), tmp_path / "c", prepare_settings())
    settings = LANGUAGE_MODEL.with_(
        backward=backward, epochs=25, dropout_multiplier=0, batch_size=4
    )
    bundle = pretrain(text, tmp_path / "lm", settings, engine())
    assert bundle.manifest.backward is backward
    prompt = "six" if backward else "one"
    assert load(tmp_path / "lm").generate(prompt, max_tokens=5, temperature=0) == counting[0]
    # All but the first word read can be known.
    assert bundle.manifest.metrics["valid_perplexity"] < 1.7


def test_words_may_be_drawn_and_all_are_judged(text, tmp_path):
    found = {}
    for name, draws in (("all", 0), ("drawn", 16)):
        settings = LANGUAGE_MODEL.with_(epochs=12, sampled_words=draws)
        bundle = pretrain(text, tmp_path / name, settings, engine())
        found[name] = bundle.manifest.metrics["valid_perplexity"]
    assert weights(tmp_path / "all") != weights(tmp_path / "drawn")
    assert found["drawn"] == pytest.approx(found["all"], rel=0.15)


def test_a_taken_folder_is_refused_before_training(text, tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/thesis.txt").write_text("text")
    with pytest.raises(OutputError, match=r"^the output path is taken: '.*mine'"):
        pretrain(text, tmp_path / "mine", LANGUAGE_MODEL, engine())
    assert [p.name for p in tmp_path.rglob("*")] == ["mine", "thesis.txt"]


def test_a_folder_that_is_no_checkpoint_is_left_alone(text, tmp_path):
    (tmp_path / "lm.checkpoint").mkdir()
    (tmp_path / "lm.checkpoint/thesis.txt").write_text("text")
    with pytest.raises(OutputError, match=r"^the output path is taken: '.*lm.checkpoint'"):
        pretrain(text, tmp_path / "lm", LANGUAGE_MODEL, engine())
    assert (tmp_path / "lm.checkpoint/thesis.txt").exists()
    assert not (tmp_path / "lm").exists()


def test_an_older_bundle_is_replaced(text, tmp_path):
    for seed in (0, 1):
        pretrain(text, tmp_path / "lm", LANGUAGE_MODEL, engine(seed))
    pretrain(text, tmp_path / "other", LANGUAGE_MODEL, engine(1))
    assert weights(tmp_path / "lm") == weights(tmp_path / "other")


def test_a_loss_that_explodes_leaves_nothing_behind(text, tmp_path, monkeypatch):
    calls = iter(range(1000))
    finite = objectives.finite_value

    def exploding(loss):
        return finite(loss * float("inf") if next(calls) > 20 else loss)

    monkeypatch.setattr(objectives, "finite_value", exploding)
    with pytest.raises(SettingsError, match="the loss is no longer a finite number"):
        pretrain(text, tmp_path / "lm", LANGUAGE_MODEL.with_(epochs=9), engine())
    assert next(calls) > 20
    assert list(tmp_path.iterdir()) == []


def test_two_tokens_are_enough(tmp_path):
    text = prepare(Sources(["red"], ["red"]), tmp_path / "c", prepare_settings())
    bundle = pretrain(text, tmp_path / "lm", LANGUAGE_MODEL, engine())
    assert bundle.manifest.metrics["valid_tokens"] == 1


def test_an_unknown_preset(text, tmp_path):
    with pytest.raises(SettingsError, match="unknown model preset: 'huge'"):
        pretrain(text, tmp_path / "lm", LANGUAGE_MODEL.with_(model="huge"), engine())
    assert list(tmp_path.iterdir()) == []


def test_a_split_without_a_second_token(tmp_path):
    text = corpus(tmp_path / "c")
    short = replace(text.split("valid"), token_count=1)
    text = replace(text, splits={**text.splits, "valid": short})
    with pytest.raises(
        CorpusError,
        match=r"^too little text in the valid split: '1 tokens'; accepted: two tokens or more\.",
    ):
        pretrain(text, tmp_path / "lm", LANGUAGE_MODEL, engine())
    assert not (tmp_path / "lm").exists()
