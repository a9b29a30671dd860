import csv
from dataclasses import replace

import pytest
import torch

from tests.recipes.small_world import (
    LANGUAGE_MODEL,
    corpus,
    documents,
    engine,
    language_model,
    left_behind,
    prepare_settings,
    weights,
)
from ulmus.bundle.reader import load
from ulmus.errors import CorpusError, OutputError
from ulmus.models.transfer import UNSEEN
from ulmus.recipes.finetune import adapted, finetune, vocabulary_map
from ulmus.recipes.prepare import Sources, prepare
from ulmus.recipes.pretrain import pretrain
from ulmus.text.sources import Document
from ulmus.text.vocabulary import Vocabulary

SETTINGS = LANGUAGE_MODEL.with_(frozen_epochs=1)


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    return language_model(tmp_path_factory.mktemp("source"))


@pytest.fixture(scope="module")
def text(tmp_path_factory, source):
    made = [Document((f"{d.text} zebra",), None) for d in documents(90, seed=3)]
    folder = tmp_path_factory.mktemp("text") / "corpus"
    splitter = source.processor.splitter
    return prepare(Sources(made), folder, prepare_settings(), splitter=splitter)


def test_the_map_gives_each_token_its_old_id():
    old = Vocabulary.build({"red": 9, "blue": 8, "green": 7}, min_freq=1)
    new = Vocabulary.build({"blue": 9, "brown": 8, "red": 7}, min_freq=1)
    assert old.tokens[9:] == ("red", "blue", "green", *["xxfake"] * 4)
    assert new.tokens[9:] == ("blue", "brown", "red", *["xxfake"] * 4)
    filler = 12
    expected = [*range(9), 10, UNSEEN, 9, *[filler] * 4]
    assert vocabulary_map(new, old).tolist() == expected
    assert vocabulary_map(old, old).tolist() == [*range(12), *[filler] * 4]


def test_known_words_keep_their_rows_and_unknown_ones_get_the_mean(source, text):
    rows = vocabulary_map(text.vocabulary, source.processor.vocabulary)
    model = adapted(source, rows, SETTINGS)
    old, new = source.model, model
    for word in ("film", "lovely", "xxbos"):
        there = source.processor.vocabulary.ids([word])[0]
        here = text.vocabulary.ids([word])[0]
        assert torch.equal(new.encoder.embedding[here], old.encoder.embedding[there])
        assert new.decoder_bias[here] == old.decoder_bias[there]
    zebra = text.vocabulary.ids(["zebra"])[0]
    assert zebra > 0
    assert torch.equal(new.encoder.embedding[zebra], old.encoder.embedding.mean(0))
    assert torch.equal(new.decoder_bias[zebra], old.decoder_bias.mean())
    for name, value in old.encoder.stack.state_dict().items():
        assert torch.equal(new.encoder.stack.state_dict()[name], value)
    assert new.encoder.dropouts == SETTINGS.scaled_dropouts()


def test_it_starts_from_the_source_and_leaves_it_as_it_was(source, text, tmp_path):
    before = {name: value.clone() for name, value in source.model.state_dict().items()}
    made = finetune(source, text, tmp_path / "lm", SETTINGS, engine())
    assert all(torch.equal(before[n], v) for n, v in source.model.state_dict().items())
    assert not torch.equal(made.model.decoder_bias[:9], source.model.decoder_bias[:9])
    assert left_behind(tmp_path) == []


def test_one_seed_gives_the_same_weights_and_another_does_not(source, text, tmp_path):
    for name, seed in (("one", 3), ("two", 3), ("three", 4)):
        finetune(source, text, tmp_path / name, SETTINGS, engine(seed))
    assert weights(tmp_path / "one") == weights(tmp_path / "two")
    assert weights(tmp_path / "one") != weights(tmp_path / "three")


@pytest.mark.parametrize("frozen_epochs", [0, 2])
def test_embedding_and_decoder_learn_first(frozen_epochs, source, text, tmp_path):
    settings = SETTINGS.with_(frozen_epochs=frozen_epochs)
    finetune(source, text, tmp_path / "lm", settings, engine())
    with (tmp_path / "lm/history.csv").open(encoding="utf-8", newline="") as file:
        stages = [row["stage"] for row in csv.DictReader(file)]
    assert stages == ["embedding and decoder"] * frozen_epochs + ["all layers"]
    assert (tmp_path / "lm/steps.csv").exists()
    assert (tmp_path / "lm/history.png").exists()


def test_the_frozen_stage_leaves_the_layers_alone(source, text, tmp_path):
    stages = SETTINGS.training_stages(finetuned_on=500)
    assert [(s.train_from, s.epochs, s.learning_rate) for s in stages] == [
        (-1, 1, SETTINGS.frozen_learning_rate),
        (0, 1, SETTINGS.learning_rate),
    ]
    alone = SETTINGS.with_(stages=stages[:1], epochs=None, learning_rate=4e-3)  # the defaults
    made = finetune(source, text, tmp_path / "lm", alone, engine())
    for name, value in source.model.encoder.stack.state_dict().items():
        assert torch.equal(made.model.encoder.stack.state_dict()[name], value)


def test_what_is_remembered(source, text, tmp_path):
    finetune(source, text, tmp_path / "lm", SETTINGS, engine())
    provenance = load(tmp_path / "lm").manifest.provenance
    assert provenance["pretraining_tokens"] == source.manifest.provenance["pretraining_tokens"] > 0
    rows = vocabulary_map(text.vocabulary, source.processor.vocabulary)
    known = (len(rows) - int((rows == UNSEEN).sum())) / len(rows)
    assert provenance["vocabulary_known"] == pytest.approx(known, abs=1e-6)
    assert 0 < known < 1
    assert provenance["valid_perplexity_before"] > 1
    assert provenance["corpus"] == text.fingerprint


def test_the_perplexity_before_is_that_of_the_adapted_source(source, tmp_path):
    text = corpus(tmp_path / "c")
    same = replace(source, processor=replace(source.processor, vocabulary=text.vocabulary))
    rows = vocabulary_map(text.vocabulary, source.processor.vocabulary)
    same = replace(same, model=adapted(source, rows, SETTINGS).eval())
    valid = text.split("valid")
    texts = [text.processor.decode(valid.document(i)) for i in range(valid.document_count)]
    made = finetune(source, text, tmp_path / "lm", SETTINGS, engine())
    before = made.manifest.provenance["valid_perplexity_before"]
    assert before == pytest.approx(same.perplexity(texts).per_token, rel=1e-4)


def test_a_model_keeps_its_size_and_direction(tmp_path):
    backward = language_model(tmp_path, backward=True)
    text = corpus(tmp_path / "text")
    settings = SETTINGS.with_(model="awd-lstm", backward=False)
    made = finetune(backward, text, tmp_path / "new", settings, engine())
    assert made.manifest.backward
    assert load(tmp_path / "new").manifest.backward
    assert made.manifest.encoder == backward.manifest.encoder


def test_subword_models_keep_their_vocabulary(tmp_path):
    first = corpus(tmp_path / "one", tokenizer="subwords:50")
    source = pretrain(first, tmp_path / "lm", LANGUAGE_MODEL, engine())
    other = Sources([f"{d.text} zebra" for d in documents(60, seed=2)])
    splitter = source.processor.splitter
    text = prepare(other, tmp_path / "two", prepare_settings(), splitter=splitter)
    assert set(text.vocabulary.tokens) == set(first.vocabulary.tokens)
    made = finetune(source, text, tmp_path / "new", SETTINGS, engine())
    assert made.manifest.provenance["vocabulary_known"] == 1.0
    assert made.processor.tokens("zebra") == source.processor.tokens("zebra")


def test_a_taken_folder_is_refused_before_training(source, text, tmp_path):
    (tmp_path / "mine").write_text("thesis")
    with pytest.raises(OutputError, match=r"^the output path is taken: '.*mine'"):
        finetune(source, text, tmp_path / "mine", SETTINGS, engine())
    assert (tmp_path / "mine").read_text() == "thesis"
    assert len(list(tmp_path.iterdir())) == 1


def test_a_corpus_that_is_split_otherwise_is_refused(source, tmp_path):
    letters = corpus(tmp_path / "letters", tokenizer="characters")
    with pytest.raises(
        CorpusError, match=r"split otherwise.*'characters with the rules none'.*fastai"
    ):
        finetune(source, letters, tmp_path / "lm", SETTINGS, engine())
    assert sorted(path.name for path in tmp_path.iterdir()) == ["letters"]
