import json
import pickle
from collections import Counter

import numpy as np
import pytest

from ulmus.errors import BundleError, SettingsError
from ulmus.text.special_tokens import FILLER, SPECIAL_TOKENS
from ulmus.text.vocabulary import Vocabulary


def build(words, **options):
    return Vocabulary.build(Counter(words), **{"min_freq": 1, **options})


def test_tokens_stand_by_frequency_and_ties_as_first_seen():
    vocabulary = build(["b", "a", "a", "c", "d", "c", "e", "c"])
    assert vocabulary.tokens == (*SPECIAL_TOKENS, "c", "a", "b", "d", "e", FILLER, FILLER)
    assert len(vocabulary) == 16


def test_rare_tokens_are_left_out():
    counts = {"often": 3, "twice": 2}
    assert Vocabulary.build(counts).tokens[9:] == ("often", *[FILLER] * 6)
    assert Vocabulary.build(counts, min_freq=2).tokens[9:] == ("often", "twice", *[FILLER] * 5)


def test_the_tokens_of_another_one_are_added_behind_the_own_ones():
    own, other = build(["b", "b", "a"]), build(["c", "c", "c", "a", "d"])
    both = own.extended(other)
    assert both.tokens == (*SPECIAL_TOKENS, "b", "a", "c", "d", *[FILLER] * 3)
    assert own.extended(own) == own
    assert both.ids(["d", "a", "never"]).tolist() == [12, 10, 0]


@pytest.mark.parametrize(
    ("max_vocab", "words", "size", "fillers"),
    [
        (60_000, 70_000, 60_008, 8),
        (16, 100, 24, 8),
        (17, 100, 24, 7),
        (23, 100, 24, 1),
        (9, 100, 16, 7),
        (60_000, 0, 16, 7),
    ],
)
def test_fillers_make_the_size_a_multiple_of_eight(max_vocab, words, size, fillers):
    vocabulary = build([f"w{i}" for i in range(words)], max_vocab=max_vocab)
    assert len(vocabulary) == size
    assert vocabulary.tokens.count(FILLER) == fillers
    assert vocabulary.tokens[size - fillers - 1] != FILLER


def test_special_tokens_are_first_however_often_they_are_seen():
    vocabulary = build(["xxmaj"] * 9 + ["a"] * 8 + ["xxfake"] * 7 + ["b"])
    assert vocabulary.tokens == (*SPECIAL_TOKENS, "a", "b", *[FILLER] * 5)


def test_ids_of_tokens():
    vocabulary = build(["a", "b"])
    ids = vocabulary.ids(["xxbos", "b", "never", "a", "xxfake"])
    assert ids.dtype == np.int64
    assert ids.tolist() == [2, 10, 0, 9, 0]
    assert vocabulary.ids([]).shape == (0,)
    assert vocabulary.token(10) == "b"
    assert "b" in vocabulary
    assert "never" not in vocabulary
    assert FILLER not in vocabulary


def test_an_id_outside_is_no_token():
    vocabulary = build(["a"])
    with pytest.raises(IndexError, match="-1 is below 0"):
        vocabulary.token(-1)
    with pytest.raises(IndexError):
        vocabulary.token(16)


def test_all_pieces_of_a_trained_tokenizer_go_in():
    pieces = ("▁a", "▁b", "c", "▁d")
    counts = {"xxbos": 5, "c": 1, "▁d": 4, "surface of an unknown": 9}
    vocabulary = Vocabulary.build(counts, max_vocab=10, min_freq=3, pieces=pieces)
    assert vocabulary.tokens == (*SPECIAL_TOKENS, "▁d", "c", "▁a", "▁b", *[FILLER] * 3)


def test_limits_that_leave_no_room():
    with pytest.raises(SettingsError, match=r"no room for the special tokens: 8; accepted: .* 9"):
        build(["a"], max_vocab=8)
    with pytest.raises(SettingsError, match=r"must be seen to be known: 0; accepted: .* 1 or more"):
        build(["a"], min_freq=0)


def test_fingerprint_depends_on_tokens_and_order():
    assert build(["a", "b"]).fingerprint == build(["a", "b"]).fingerprint
    assert build(["a", "b"]).fingerprint != build(["b", "a"]).fingerprint
    assert len(build(["a"]).fingerprint) == 64


def test_pickled_without_its_dictionary():
    vocabulary = build([f"w{i}" for i in range(100)])
    before = len(pickle.dumps(vocabulary))
    assert vocabulary.ids(["w3"]).tolist() == [12]
    assert len(pickle.dumps(vocabulary)) == before
    assert pickle.loads(pickle.dumps(vocabulary)) == vocabulary


def test_saved_and_loaded(tmp_path):
    vocabulary = build(["กา", "👩‍👩‍👧", '"\\', "\n", "▁", "\x00", "é", "e\u0301"])
    vocabulary.save(tmp_path)
    assert "กา".encode() in (tmp_path / "vocabulary.json").read_bytes()
    assert Vocabulary.load(tmp_path) == vocabulary
    assert Vocabulary.load(tmp_path).fingerprint == vocabulary.fingerprint


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (None, "No such file"),
        (b"", "Expecting value"),
        (b'{"tokens": ["xxunk",', "Expecting value"),
        (b"\xff\xfe", "codec can't decode"),
        (b"[]", "list indices"),
        (b'{"words": []}', "tokens"),
        (b'{"tokens": "xxunk"}', "no list of strings"),
        (b'{"tokens": [1]}', "no list of strings"),
        (b'{"tokens": ["the"]}', "does not begin with the special tokens"),
        (json.dumps({"tokens": [*SPECIAL_TOKENS, "a", "a"]}).encode(), "stands in it twice"),
    ],
)
def test_a_damaged_file_is_told(tmp_path, content, reason):
    if content is not None:
        (tmp_path / "vocabulary.json").write_bytes(content)
    with pytest.raises(BundleError, match=f"vocabulary cannot be read .*{reason}.*Copy the saved"):
        Vocabulary.load(tmp_path)
