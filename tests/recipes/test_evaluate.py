import csv
import json

import numpy as np
import pytest
from sklearn.metrics import accuracy_score, confusion_matrix, f1_score

from tests.bundle.saved_models import LABELS, TEXTS, classifier, language_model
from tests.recipes.small_world import real_pictures
from ulmus.errors import CorpusError, LabelError, UlmusWarning
from ulmus.recipes.evaluate import (
    evaluate_classifier,
    evaluate_language_model,
    true_targets,
    write_score,
)
from ulmus.text.sources import Document, SourceSettings

LABELLED = SourceSettings(label="label")


@pytest.fixture(scope="module")
def judged():
    return classifier()


def test_a_classifier_is_scored_as_scikit_learn_does(judged):
    draw = np.random.default_rng(0)
    documents = [Document((f"{t} {i}",), str(draw.choice(LABELS))) for i in range(6) for t in TEXTS]
    score = evaluate_classifier(judged, documents, LABELLED)
    true = [d.label for d in documents]
    predicted = judged.predict([d.text for d in documents])
    assert score.accuracy == pytest.approx(accuracy_score(true, predicted))
    assert score.macro_f1 == pytest.approx(f1_score(true, predicted, average="macro"))
    assert score.confusion.tolist() == confusion_matrix(true, predicted, labels=LABELS).tolist()
    assert score.labels == LABELS


def test_a_table_with_several_text_columns(judged, tmp_path):
    path = tmp_path / "t.jsonl"
    rows = [{"a": "the fox", "b": "is red", "c": "red"}, {"a": "x", "b": "y", "c": "blue"}]
    path.write_text("\n".join(map(json.dumps, rows)), "utf-8")
    score = evaluate_classifier(judged, path, SourceSettings(text=("a", "b"), label="c"))
    predicted = judged.predict([("the fox", "is red"), ("x", "y")])
    assert score.accuracy == np.mean([predicted[0] == "red", predicted[1] == "blue"])


def test_gaps_are_counted_and_skipped(judged):
    documents = [Document((t,), "red") for t in TEXTS]
    expected = evaluate_classifier(judged, documents, LABELLED)
    gaps = [*documents, Document(("",), "red"), Document(("text",), None)]
    with pytest.warns(UlmusWarning, match=r"skipped 2 of 7 .*: 1 without text, 1 without a label"):
        assert evaluate_classifier(judged, gaps, LABELLED).accuracy == expected.accuracy


def test_labels_that_were_never_seen(judged):
    documents = [Document(("text",), label) for label in ("red", "pink", "teal", "pink")]
    with pytest.raises(
        LabelError,
        match=r"^labels the classifier has never seen: 'pink, teal'; accepted: blue, green, red\. "
        r"Mend them, leave those documents out, or train with them\.$",
    ):
        evaluate_classifier(judged, documents, LABELLED)


def test_many_labels_are_not_all_listed():
    many = classifier(labels=tuple(f"class {i:02d}" for i in range(30)))
    with pytest.raises(LabelError, match=r"never seen: 'new'; accepted: class 00, .*class 1"):
        true_targets(many, [Document(("text",), "new")], LABELLED)


def test_labels_become_ids(judged):
    documents = [Document(("text",), label) for label in ("red", "blue", "red")]
    assert true_targets(judged, documents, LABELLED).tolist() == [2, 0, 2]


def test_a_language_model_is_measured():
    bundle = language_model()
    found = evaluate_language_model(bundle, TEXTS, SourceSettings())
    expected = bundle.perplexity(TEXTS)
    assert found == {
        "documents": len(TEXTS),
        "tokens": expected.token_count,
        "perplexity": expected.per_token,
        "bits_per_character": expected.bits_per_character,
    }


def test_nothing_to_measure(tmp_path):
    (tmp_path / "t.txt").write_text("the\n", "utf-8")
    bundle = language_model()
    assert evaluate_language_model(bundle, tmp_path / "t.txt", SourceSettings())["tokens"] == 1
    with pytest.raises(CorpusError, match="nothing to predict in 0 documents"):
        bundle.perplexity([])


def test_the_confusion_matrix_is_written(judged, tmp_path):
    labels = [*LABELS, "red", "red"]
    documents = [Document((t,), label) for t, label in zip(TEXTS, labels, strict=True)]
    score = evaluate_classifier(judged, documents, LABELLED)
    with real_pictures():
        write_score(tmp_path, score)
    with (tmp_path / "confusion.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    assert rows[0] == ["true \\ predicted", *LABELS]
    assert [row[0] for row in rows[1:]] == list(LABELS)
    assert [[int(v) for v in row[1:]] for row in rows[1:]] == score.confusion.tolist()
    assert (tmp_path / "confusion.png").read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"
