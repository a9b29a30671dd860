from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch

from tests.bundle.saved_models import LABELS, TEXTS, classifier
from ulmus.errors import SourceError

MANY = [*TEXTS, "", " \n\t", "the " * 40, "red", "unseen", *(t[::-1] for t in TEXTS)] * 8


@pytest.fixture(scope="module")
def bundle():
    return classifier()


@pytest.fixture(scope="module")
def pair():
    return replace(classifier(), backward=classifier(1, backward=True))


@pytest.mark.parametrize("which", ["bundle", "pair"])
def test_a_text_gets_the_same_answer_alone_in_any_batch_and_in_any_order(which, request):
    model = request.getfixturevalue(which)
    alone = np.concatenate([model.predict_proba([text]) for text in MANY])
    together = model.predict_proba(MANY)
    order = np.random.default_rng(0).permutation(len(MANY))
    shuffled = model.predict_proba([MANY[i] for i in order])
    assert np.abs(together - alone).max() < 1e-5
    assert np.abs(shuffled - alone[order]).max() < 1e-5
    assert np.unique(alone.round(3), axis=0).shape[0] > 8  # the model does tell texts apart


def test_probabilities_are_the_softmax_of_the_logits(bundle):
    ids = torch.from_numpy(bundle.processor.encode(TEXTS[0]))
    logits = bundle.model(ids[None], torch.tensor([len(ids)]))
    expected = logits.softmax(-1).detach().numpy()
    found = bundle.predict_proba(TEXTS[:1])
    assert found.dtype == np.float32
    assert found == pytest.approx(expected, abs=1e-6)


def test_predictions_are_the_labels_of_the_largest_probability(bundle):
    probabilities = bundle.predict_proba(TEXTS)
    assert bundle.predict(TEXTS) == [LABELS[i] for i in probabilities.argmax(1)]
    assert bundle.labels == LABELS
    assert probabilities.sum(1) == pytest.approx(np.ones(len(TEXTS)), abs=1e-6)


def test_both_directions_are_averaged(pair):
    forward = replace(pair, backward=None).predict_proba(TEXTS)
    backward = pair.backward.predict_proba(TEXTS)
    assert np.abs(forward - backward).max() > 0.01
    assert pair.predict_proba(TEXTS) == pytest.approx((forward + backward) / 2, abs=1e-6)


def test_a_backward_classifier_reads_from_the_end(bundle):
    backward = replace(bundle, manifest=bundle.manifest.with_(backward=True))
    ids = torch.from_numpy(bundle.processor.encode(TEXTS[0])[::-1].copy())
    logits = bundle.model(ids[None], torch.tensor([len(ids)]))
    expected = logits.softmax(-1).detach().numpy()
    assert backward.predict_proba(TEXTS[:1]) == pytest.approx(expected, abs=1e-6)


def test_empty_texts_and_white_space_are_answered_alike(bundle):
    empty, blank = bundle.predict_proba(["", " \t\n "])
    assert empty.sum() == pytest.approx(1, abs=1e-6)
    assert bundle.processor.encode("").tolist() == [2]
    assert np.abs(empty - blank).max() < 1e-5


def test_no_texts_no_answers(bundle):
    assert bundle.predict([]) == []
    assert bundle.predict_proba([]).shape == (0, 3)


def test_columns_are_marked(bundle):
    ids = bundle.processor.encode(("red fox", "blue sea")).tolist()
    tokens = [bundle.processor.vocabulary.token(i) for i in ids]
    assert tokens == ["xxbos", "xxfld", "xxunk", "red", "fox", "xxfld", "xxunk", "blue", "sea"]
    columns = bundle.predict_proba([("red fox", "blue sea"), ["red fox", "blue sea"]])
    assert columns[0] == pytest.approx(columns[1], abs=1e-6)
    assert columns[0] == pytest.approx(bundle.network_answers([np.array(ids)])[0], abs=1e-6)


def test_arrays_and_frames_are_lists_too(bundle):
    expected = bundle.predict_proba(TEXTS)
    assert np.array_equal(bundle.predict_proba(np.array(TEXTS)), expected)
    assert np.array_equal(bundle.predict_proba(pd.Series(TEXTS, index=[9, 8, 7, 6, 5])), expected)
    frame = pd.DataFrame({"a": TEXTS, "b": TEXTS})
    by_row = bundle.predict_proba(frame.to_numpy())
    assert np.array_equal(by_row, bundle.predict_proba([(t, t) for t in TEXTS]))


@pytest.mark.parametrize("method", ["predict", "predict_proba"])
def test_a_single_text_is_refused(method, bundle):
    with pytest.raises(
        SourceError,
        match=r"^a single text was given: 'red'; accepted: a list of texts. Put it in a list: \[",
    ):
        getattr(bundle, method)("red")


@pytest.mark.parametrize(
    ("item", "shown"),
    [(None, "'None'"), (float("nan"), "'nan'"), (b"x", "\"b'x'\""), (("a", 3), "3")],
)
def test_what_is_no_text_is_refused(item, shown, bundle):
    with pytest.raises(SourceError, match=rf"^something in the list is no text: .*{shown}.*''\.$"):
        bundle.predict(["red", item])


def test_threads_get_the_answers_of_a_single_thread(pair):
    expected = pair.predict_proba(MANY)
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: pair.predict_proba(MANY), range(16)))
    assert all(np.array_equal(part, expected) for part in found)
