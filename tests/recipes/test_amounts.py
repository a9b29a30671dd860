import csv
import math
import random

import pytest

from tests.recipes.small_world import CLASSIFIER, documents, engine, language_model
from ulmus.recipes.amounts import classifier_batch_size, classifier_epochs, finetuning_epochs
from ulmus.recipes.labelled_corpus import prepare_labelled
from ulmus.recipes.prepare import PrepareSettings
from ulmus.recipes.train_classifier import train_classifier
from ulmus.text.sources import Document


@pytest.mark.parametrize(
    ("tokens", "passes"), [(0, 6), (100_000, 6), (226_000, 3), (1_600_000, 2), (10**9, 2)]
)
def test_the_more_text_the_fewer_passes_fine_tune_a_language_model(tokens, passes):
    assert finetuning_epochs(tokens) == passes


@pytest.mark.parametrize(
    ("documents", "batch_size", "classes", "epochs"),
    [
        (2, 8, 2, 30),
        (180, 8, 2, 27),
        (180, 8, 0, 27),  # a number
        (450, 11, 2, 15),
        (900, 22, 2, 15),
        (1620, 32, 2, 12),
        (9000, 32, 2, 8),
        (9000, 32, 77, 8),
        (21_600, 32, 4, 4),
        (10**6, 32, 2, 4),
        (690, 17, 77, 30),  # six hundred steps more
        (1400, 32, 77, 28),
    ],
)
def test_few_documents_are_read_often_and_few_at_once(documents, batch_size, classes, epochs):
    assert classifier_batch_size(documents) == batch_size
    assert classifier_epochs(documents, batch_size, classes) == epochs


@pytest.mark.parametrize("keep", ["late", "best", "last"])
def test_the_best_epochs_model_stays_or_the_last_ones(keep, tmp_path):
    draw = random.Random(3)  # nothing can be learned of these labels, so figures go up and down
    source = language_model(tmp_path / "source")
    processor = source.processor
    labelled = prepare_labelled(
        documents(200),
        tmp_path / "corpus",
        PrepareSettings().with_(source={"label": "label"}),
        valid=[Document(d.columns, draw.choice(["bad", "good"])) for d in documents(98)],
        splitter=processor.splitter,
        vocabulary=processor.vocabulary,
    )
    settings = CLASSIFIER.with_(epochs=6, learning_rate=2e-2, trainer={"keep": keep})
    made = train_classifier(source, labelled, tmp_path / "model", settings, engine(seed=1))
    with (tmp_path / "model" / "history.csv").open(encoding="utf-8", newline="") as file:
        epochs = [
            (float(row["accuracy"]), -float(row["valid_loss"])) for row in csv.DictReader(file)
        ]
    assert epochs[-1] < max(epochs)  # else the test tells nothing
    best, _ = max(epochs)
    share = (98 * best + 1) / 100
    late = [e for e in epochs if e[0] > best - math.sqrt(share * (1 - share) / 100)]
    _, loss = {"late": late[-1], "best": max(epochs), "last": epochs[-1]}[keep]
    assert made.manifest.metrics["valid_loss"] == pytest.approx(-loss, abs=1e-5)
