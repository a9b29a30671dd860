import csv
import re
from itertools import pairwise

import numpy as np
import pytest
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import Ridge
from sklearn.pipeline import make_pipeline
from sklearn.svm import LinearSVC

from tests.models.seen_words import seen
from ulmus.errors import CorpusError
from ulmus.evaluation.linear_baseline import linear_baseline
from ulmus.models.ngram_features import NgramCounts, without_special_tokens

GOOD, BAD = ["a", "good", "film"], ["a", "bad", "film"]


def predictions(train, targets, test):
    features, documents = seen(train)
    return linear_baseline(documents, targets, features.of(test))


def test_it_learns_from_words():
    predicted = predictions([GOOD, BAD] * 3, [1, 0] * 3, [["good"], ["so", "bad"]])

    assert predicted.tolist() == [1, 0]
    assert predicted.dtype == np.int64


def test_it_learns_from_pairs_of_words():
    texts = ["not good but bad", "not bad but good"] * 4

    predicted = predictions(
        [text.split() for text in texts], [0, 1] * 4, [["not", "good"], ["not", "bad"]]
    )

    assert predicted.tolist() == [0, 1]


def test_texts_that_share_no_word_leave_all_words():
    predicted = predictions([["x", "y"], ["v", "w"]], [3, 7], [["w"], ["x"]])

    assert predicted.tolist() == [7, 3]


def test_a_word_of_a_single_document_is_left_out_where_others_are_shared():
    train = [[*GOOD, "odd"], GOOD, BAD, BAD]

    with_it = predictions(train, [1, 1, 0, 0], [["odd"]])
    without = predictions(train, [1, 1, 0, 0], [["never", "seen"]])

    assert with_it.tolist() == without.tolist()


def test_documents_may_be_made_on_the_way():
    train = ([*words] for words in [GOOD, BAD] * 3)

    predicted = predictions(train, np.array([1, 0] * 3), iter([["good"]]))

    assert predicted.tolist() == [1]


def test_documents_without_words_are_refused():
    with pytest.raises(CorpusError, match="training documents of the linear baseline hold no word"):
        seen([[], []])
    counts = NgramCounts.of([[], [], ["good"]], 2)
    with pytest.raises(CorpusError, match="training documents of the linear baseline hold no word"):
        counts.features(slice(2))


@pytest.mark.parametrize("letters", [0, 3])
def test_some_of_the_documents_are_seen_as_if_there_were_no_others(letters):
    train, rest = [GOOD, BAD, [*GOOD, "odd"]], [["odd", "film"], ["odd"]]
    counts = NgramCounts.of([*train, *rest], 2, letters)
    features, rows = counts.features(slice(3)), slice(3)
    alone, documents = seen(train, longest_letters=letters)
    for mine, other in zip(features.blocks, alone.blocks, strict=True):
        assert mine.names == other.names
        assert np.array_equal(mine.rarity, other.rarity)
    assert np.array_equal(counts.seen(features, rows).toarray(), documents.toarray())
    judged = counts.seen(features, slice(3, None)).toarray()
    assert np.array_equal(judged, features.of(rest).toarray())


def test_special_tokens_are_no_words():
    tokens = ["xxbos", "xxmaj", "good", "xxrep", "3", "!", "xxunk", "xxfake"]

    assert without_special_tokens(tokens) == ["good", "3", "!", "xxfake"]


def test_it_does_as_scikit_learn_would_and_as_well_as_measured_before(data_folder):
    with (data_folder / "rt_polarity" / "all.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    tokens = [re.findall(r"\w+|[^\w\s]", row["text"].lower()) for row in rows]
    labels = np.array([row["label"] == "pos" for row in rows]).astype(np.int64)
    order = np.random.default_rng(0).permutation(len(rows))
    test, train = order[: len(rows) // 10], order[len(rows) // 10 :]

    predicted = predictions((tokens[i] for i in train), labels[train], (tokens[i] for i in test))

    features = TfidfVectorizer(
        analyzer=lambda words: [*words, *map(" ".join, pairwise(words))],
        min_df=2,
        sublinear_tf=True,
    )
    reference = make_pipeline(features, LinearSVC(C=0.5, random_state=0))
    reference.fit([tokens[i] for i in train], labels[train])
    expected = reference.predict([tokens[i] for i in test])
    assert np.mean(predicted == expected) >= 0.999
    assert np.mean(predicted == labels[test]) == pytest.approx(0.774, abs=0.025)


WORDS = [["good", "fun"], ["bad", "dull"], ["good", "dull"], ["bad", "fun"]] * 4


def test_tags_are_each_told_by_a_machine_of_their_own():
    has = np.array([["good" in words, "fun" in words, True, False] for words in WORDS])

    predicted = predictions(WORDS, has, [["good", "fun"], ["bad", "fun"], ["bad", "dull"]])

    assert predicted.dtype == bool
    assert predicted.tolist() == [
        [True, True, True, False],
        [False, True, True, False],
        [False, False, True, False],
    ]


def test_numbers_are_told_by_a_ridge_regression():
    numbers = np.array([3.0 * ("good" in words) + ("fun" in words) for words in WORDS])
    features = TfidfVectorizer(
        analyzer=lambda words: [*words, *map(" ".join, pairwise(words))], sublinear_tf=True
    )
    reference = make_pipeline(features, Ridge()).fit(WORDS, numbers)

    predicted = predictions(WORDS, numbers, WORDS[:4])

    assert predicted == pytest.approx(reference.predict(WORDS[:4]))
    assert np.argsort(predicted).tolist() == [1, 3, 2, 0]
