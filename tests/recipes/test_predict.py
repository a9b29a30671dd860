import csv
import io
import os
import threading
from itertools import islice

import numpy as np
import pytest

from tests.bundle.saved_models import LABELS, TEXTS, classifier
from ulmus.errors import SourceError
from ulmus.recipes import portions
from ulmus.recipes.predict import Prediction, predict_source, write_predictions
from ulmus.text.sources import SourceSettings

MIXED = [TEXTS[0], "", *TEXTS[1:], "  ", None]


@pytest.fixture(scope="module")
def bundle():
    return classifier()


def test_every_document_is_answered_in_order_empty_ones_too(bundle, monkeypatch):
    monkeypatch.setattr(portions, "DOCUMENTS_AT_ONCE", 3)
    found = list(predict_source(bundle, MIXED, SourceSettings()))
    plain = [text if text and text.strip() else "" for text in MIXED]
    expected = bundle.predict_proba(plain)
    assert [p.said for p in found] == bundle.predict(plain)
    assert np.abs(np.stack([p.answer for p in found]) - expected).max() < 1e-5


def test_columns_of_a_table(bundle, tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("a,b\nthe fox,is red\n,\nNaN,sea\n", "utf-8")
    found = list(predict_source(bundle, path, SourceSettings(text=("a", "b"))))
    expected = bundle.predict([("the fox", "is red"), ("", ""), ("", "sea")])
    assert [p.said for p in found] == expected


def test_labels_that_are_missing_skip_nothing(bundle, tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("text,label\nthe fox,red\nthe sea,\n", "utf-8")
    found = list(predict_source(bundle, path, SourceSettings(label="label")))
    assert len(found) == 2


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_answers_come_before_the_source_ends(bundle, tmp_path, monkeypatch):
    monkeypatch.setattr(portions, "DOCUMENTS_AT_ONCE", 4)
    pipe = tmp_path / "pipe.txt"
    os.mkfifo(pipe)
    answered = threading.Event()
    seen = []

    def write():
        with pipe.open("w", encoding="utf-8") as file:
            # Far more than any buffer before the wait, and more behind it.
            for _ in range(60_000):
                file.write("the red fox in the house by the sea\n")
            seen.append(answered.wait(30))
            file.write("the end\n")

    writer = threading.Thread(target=write)
    writer.start()
    predictions = predict_source(bundle, pipe, SourceSettings())
    first = list(islice(predictions, 2))
    answered.set()
    assert len(first) == 2
    monkeypatch.setattr(
        type(bundle), "answers", lambda self, ids: np.zeros((len(ids), 3), np.float32)
    )
    assert sum(1 for _ in predictions) == 60_001 - 2
    writer.join(30)
    assert seen == [True]


def test_a_missing_source(bundle, tmp_path):
    with pytest.raises(SourceError, match=r"missing\.txt"):
        list(predict_source(bundle, tmp_path / "missing.txt", SourceSettings()))


ROWS = [
    Prediction("red", np.array([0.125, 0.25, 0.625], np.float32)),
    Prediction('a "b", c', np.array([0.9999999, 0, 0], np.float32)),
]


def test_predictions_are_written_as_csv():
    file = io.StringIO()
    write_predictions(file, ROWS, LABELS)
    assert file.getvalue() == ('label,probability\nred,0.625000\n"a ""b"", c",1.000000\n')


def test_every_class_may_have_a_column():
    file = io.StringIO()
    write_predictions(file, iter(ROWS), LABELS, all_classes=True)
    file.seek(0)
    rows = list(csv.reader(file))
    assert rows[0] == ["label", "probability", *LABELS]
    assert rows[1] == ["red", "0.625000", "0.125000", "0.250000", "0.625000"]
