import csv
from dataclasses import replace

import numpy as np
import pytest
import torch

from tests.recipes.small_world import (
    CLASSIFIER,
    corpus,
    documents,
    engine,
    language_model,
    left_behind,
    prepare_settings,
    real_pictures,
    weights,
)
from ulmus.bundle.reader import load
from ulmus.errors import CorpusError, LabelError, OutputError
from ulmus.recipes.classifier_settings import STRONG_TOKENS
from ulmus.recipes.prepare import Sources, prepare
from ulmus.recipes.train_classifier import classifier_upon, train_classifier
from ulmus.text.sources import Document


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    return language_model(tmp_path_factory.mktemp("source"))


def labelled(folder, source, train=None, valid=None):
    """Write a labelled corpus in the vocabulary of a language model."""
    processor = source.processor
    return prepare(
        Sources(train or documents(120), valid or documents(20, seed=1)),
        folder,
        prepare_settings(source={"label": "label"}),
        splitter=processor.splitter,
        vocabulary=processor.vocabulary,
    )


@pytest.fixture(scope="module")
def task(tmp_path_factory, source):
    return labelled(tmp_path_factory.mktemp("task") / "corpus", source)


def stages(folder):
    with (folder / "history.csv").open(encoding="utf-8", newline="") as file:
        return [row["stage"] for row in csv.DictReader(file)]


def test_one_seed_gives_the_same_weights_and_another_does_not(source, task, tmp_path):
    for name, seed in (("one", 3), ("two", 3), ("three", 4)):
        train_classifier(source, task, tmp_path / name, CLASSIFIER, engine(seed))
    assert weights(tmp_path / "one") == weights(tmp_path / "two")
    assert weights(tmp_path / "one") != weights(tmp_path / "three")
    assert left_behind(tmp_path) == []


def test_it_starts_with_the_encoder_of_the_language_model(source, task):
    model = classifier_upon(source, task, CLASSIFIER.with_(dropout_multiplier=0.8))
    for name, value in source.model.encoder.state_dict().items():
        assert torch.equal(model.encoder.state_dict()[name], value)
    assert model.encoder.dropouts.weight_dropout == pytest.approx(0.5 * 0.8)
    assert model.encoder.dropouts.output_dropout == pytest.approx(0.4 * 0.8)
    assert model.head.layers[-1].weight.shape == (2, 50)


def test_it_learns_and_tells_the_figures_of_its_best_epoch(source, task, tmp_path):
    settings = CLASSIFIER.with_(epochs=12, trainer={"keep": "best"})
    with real_pictures():
        made = train_classifier(source, task, tmp_path / "c", settings, engine())
    loaded = load(tmp_path / "c")
    assert loaded.labels == ("bad", "good")
    valid = documents(20, seed=1)
    predicted = loaded.predict([d.text for d in valid])
    accuracy = np.mean([p == d.label for p, d in zip(predicted, valid, strict=True)])
    assert made.manifest.metrics["valid_accuracy"] == pytest.approx(accuracy)
    assert accuracy >= 0.9
    with (tmp_path / "c/history.csv").open(encoding="utf-8", newline="") as file:
        epochs = list(csv.DictReader(file))
    best = max(epochs, key=lambda e: (float(e["accuracy"]), -float(e["valid_loss"])))
    assert made.manifest.metrics["valid_loss"] == pytest.approx(float(best["valid_loss"]), rel=1e-4)
    assert (tmp_path / "c/history.png").read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"
    assert (tmp_path / "c/steps.csv").read_text("utf-8").startswith("step,learning_rate,train_loss")


def test_what_is_remembered(source, task, tmp_path):
    train_classifier(source, task, tmp_path / "c", CLASSIFIER, engine())
    provenance = load(tmp_path / "c").manifest.provenance
    assert provenance["corpus"] == task.fingerprint
    assert provenance["settings"] == CLASSIFIER.model_dump(mode="json")
    assert provenance["language_model"] == source.manifest.provenance
    assert provenance["source"] == "a list of 120 texts"


def test_a_backward_model_makes_a_backward_classifier(tmp_path):
    source = language_model(tmp_path, backward=True)
    task = labelled(tmp_path / "task", source)
    made = train_classifier(source, task, tmp_path / "c", CLASSIFIER, engine())
    loaded = load(tmp_path / "c")
    assert loaded.manifest.backward
    texts = [d.text for d in documents(9)]
    assert np.array_equal(loaded.predict_proba(texts), made.predict_proba(texts))
    valid = task.split("valid")
    ids = [valid.document(i) for i in range(valid.document_count)]
    right = loaded.network_answers(ids).argmax(1) == valid.targets
    assert made.manifest.metrics["valid_accuracy"] == pytest.approx(right.mean())


GRADUAL = ["head", "last two groups", "last three groups", "all groups", "all groups"]


@pytest.mark.parametrize(
    ("unfreeze", "tokens", "gradual"),
    [
        ("auto", STRONG_TOKENS, True),
        ("auto", STRONG_TOKENS - 1, False),
        ("auto", None, False),
        ("gradual", 0, True),
        ("all", STRONG_TOKENS, False),
    ],
)
def test_gradual_unfreezing_after_a_strong_model(unfreeze, tokens, gradual, source, task, tmp_path):
    provenance = {} if tokens is None else {"pretraining_tokens": tokens}
    manifest = source.manifest.model_copy(update={"provenance": provenance})
    settings = CLASSIFIER.with_(unfreeze=unfreeze)
    known = replace(source, manifest=manifest)
    train_classifier(known, task, tmp_path / "c", settings, engine())
    assert stages(tmp_path / "c") == (GRADUAL if gradual else ["all layers"] * 2)


def test_another_vocabulary_is_refused(source, tmp_path):
    other = corpus(tmp_path / "other", labels=True, max_vocab=12)
    with pytest.raises(
        CorpusError,
        match=r"was made with another vocabulary than the model: '[0-9a-f]+… \(\d+ tokens\)'; "
        r"accepted: [0-9a-f]+… \(\d+ tokens\)\. Make the corpus anew",
    ):
        train_classifier(source, other, tmp_path / "c", CLASSIFIER, engine())
    assert not (tmp_path / "c").exists()


def test_no_labels_and_one_class_only(source, tmp_path):
    one = labelled(tmp_path / "one", source, *[documents(9, classes=("bad",))] * 2)
    none = corpus(tmp_path / "none")
    for task, given in ((none, "no labels"), (one, "bad")):
        with pytest.raises(
            LabelError,
            match=rf"^a classifier needs two classes or more: '{given}'; accepted: two different "
            r"labels or more in the label column\. Name the right column with --label\.$",
        ):
            train_classifier(source, task, tmp_path / "c", CLASSIFIER, engine())


def test_a_class_without_a_training_document(source, task, tmp_path):
    lacking = replace(task, labels=("bad", "good", "ugly"))
    with pytest.raises(
        LabelError,
        match=r"^a class without a training document: 'ugly'; accepted: two documents or more in "
        r"each class\. Add documents of this class, or leave it out\.$",
    ):
        train_classifier(source, lacking, tmp_path / "c", CLASSIFIER, engine())


def test_a_validation_label_that_training_lacks(source, tmp_path):
    valid = [Document(("the film",), "ugly")]
    with pytest.raises(LabelError, match="an unknown label in the valid split: 'ugly'"):
        labelled(tmp_path / "c", source, documents(20), valid)


def test_a_taken_folder_is_refused_before_training(source, task, tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/thesis.txt").write_text("text")
    with pytest.raises(OutputError, match=r"^the output path is taken: '.*mine'"):
        train_classifier(source, task, tmp_path / "mine", CLASSIFIER, engine())
    assert [p.name for p in tmp_path.rglob("*")] == ["mine", "thesis.txt"]


def test_two_documents_are_enough(source, tmp_path):
    task = labelled(tmp_path / "task", source, documents(2), documents(1))
    made = train_classifier(source, task, tmp_path / "c", CLASSIFIER, engine())
    assert made.predict_proba(["", "the film"]).sum(1) == pytest.approx([1, 1], abs=1e-6)
