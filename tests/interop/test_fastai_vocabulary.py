"""Vocabulary files, and the order that their tokens get here."""

import json
import pickle
from pathlib import Path
from typing import Any

import pytest

from tests.interop.foreign_files import (
    AWD_LSTM_LM,
    FASTAI_07,
    FASTAI_1,
    FASTAI_2,
    L,
    pickled,
)
from ulmus.errors import BundleError
from ulmus.interop.fastai_vocabulary import (
    holds_pieces,
    names_for_fastai,
    read_classes,
    read_vocabulary,
    rearrange,
)
from ulmus.text.vocabulary import Vocabulary

SPECIAL = ("xxunk", "xxpad", "xxbos", "xxeos", "xxfld", "xxrep", "xxwrep", "xxup", "xxmaj")


def written(content: bytes | str, path: Path) -> Path:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


TOKENS = ("xxunk", "ช้าง", "a b", "", "\u2028", "é")
FILES: dict[str, bytes | str] = {
    "a.pkl": pickle.dumps(list(TOKENS)),
    "b.pickle": pickle.dumps(TOKENS, 0),
    "c.PKL": pickled(L(list(TOKENS))),
    "without_an_ending": pickle.dumps(list(TOKENS), 2),
    "d.json": json.dumps(TOKENS),
    "e.json": "\ufeff" + json.dumps(TOKENS, ensure_ascii=False),
    "f.txt": "\n".join(TOKENS),
    "g.vocab": "\n".join(TOKENS) + "\n",
    "h.txt": "\ufeff" + "\r\n".join(TOKENS) + "\r\n",
}


@pytest.mark.parametrize("name", FILES)
def test_files_of_tokens(name: str, tmp_path: Path) -> None:
    found = read_vocabulary(written(FILES[name], tmp_path / name))
    assert found == (TOKENS, ())


@pytest.mark.parametrize("kind", [list, tuple, L])
def test_a_pair_of_tokens_and_classes(kind: Any, tmp_path: Path) -> None:
    pair = kind([list(TOKENS), L(["neg", "pos"])])
    found = read_vocabulary(written(pickled(pair), tmp_path / "vocab.pkl"))
    assert found == (TOKENS, ("neg", "pos"))


def test_two_tokens_are_no_pair(tmp_path: Path) -> None:
    assert read_vocabulary(written('["a", "b"]', tmp_path / "v.json")) == (("a", "b"), ())


def test_classes_may_be_whole_numbers(tmp_path: Path) -> None:
    path = written(pickle.dumps([["xxunk"], [1, 2, 10]]), tmp_path / "vocab.pkl")
    assert read_vocabulary(path).classes == ("1", "2", "10")
    assert read_classes(written("[0, 1]", tmp_path / "classes.json")) == ("0", "1")
    assert read_classes(written("neg\nดี\n", tmp_path / "classes.txt")) == ("neg", "ดี")


@pytest.mark.parametrize("reader", [read_classes, read_vocabulary])
def test_a_class_of_more_digits_than_python_writes(reader: Any, tmp_path: Path) -> None:
    classes = ["neg", 10**5000]
    value = classes if reader is read_classes else [["xxunk"], classes]
    path = written(pickle.dumps(value), tmp_path / "vocab.pkl")
    with pytest.raises(BundleError, match=r"no vocabulary \(a whole number of too many digits\)"):
        reader(path)


BAD: dict[str, tuple[bytes | str, str]] = {
    "a.pkl": (pickle.dumps("xxunk"), "a str"),
    "b.pkl": (pickle.dumps({"xxunk": 0}), "a dict"),
    "c.pkl": (pickle.dumps([]), "an empty list"),
    "d.pkl": (pickle.dumps(["a", 3]), "item 1 is a int, not a string"),
    "e.pkl": (pickle.dumps(["a", True]), "item 1 is a bool, not a string"),
    "f.pkl": (pickle.dumps([["a"], [True]]), "item 0 is a bool, not a string"),
    "g.pkl": (pickle.dumps([["a"], []]), "an empty list"),
    "h.pkl": (pickle.dumps([["a"], ["b"], ["c"]]), "item 0 is a list, not a string"),
    "i.json": ('{"tokens": ["a"]}', "a dict"),
    "j.json": ("[", "Expecting value: line 1 column 2 (char 1)"),
    "k.json": ("[" * 100_000, "maximum recursion depth exceeded"),
    "l.txt": (b"\xff\xfe\xff", "'utf-8' codec can't decode byte 0xff in position 0"),
}


@pytest.mark.parametrize("name", BAD)
def test_what_is_no_vocabulary(name: str, tmp_path: Path) -> None:
    content, told = BAD[name]
    path = written(content, tmp_path / name)
    with pytest.raises(BundleError) as caught:
        read_vocabulary(path)
    assert str(caught.value).startswith(f"this is no vocabulary ({told}")
    assert f"): '{path}'; accepted: a pickled list (.pkl), a JSON list (.json) or " in str(
        caught.value
    )


def test_files_that_are_none(tmp_path: Path) -> None:
    with pytest.raises(BundleError, match=r"no vocabulary \(No such file or directory\)"):
        read_vocabulary(tmp_path / "absent.pkl")
    with pytest.raises(BundleError, match=r"no vocabulary \(Is a directory\)"):
        read_vocabulary(tmp_path)


def test_a_vocabulary_of_fastai_2_stays_as_it_is() -> None:
    found = rearrange(FASTAI_2)
    assert found.vocabulary.tokens == FASTAI_2
    assert found.rows == tuple(range(len(FASTAI_2)))
    assert found.missing == ()


def test_the_order_of_fastai_1() -> None:
    found = rearrange(FASTAI_1)
    assert found.vocabulary.tokens == (*SPECIAL, "the", "ช้าง", "sat", "on", "\n", ".")
    assert found.rows == (0, 1, 2, 3, 4, 7, 8, 6, 5, 9, 10, 11, 12, 13, 14)


def test_the_names_of_fastai_07() -> None:
    found = rearrange(FASTAI_07)
    assert found.vocabulary.tokens == (*SPECIAL, "the", "ช้าง", ".")
    assert found.rows == (0, 1, 4, -1, 5, 7, 8, 6, -1, 2, 3, 9)
    assert found.missing == ("xxeos", "xxmaj")


def test_the_names_of_awd_lstm_lm() -> None:
    """`<eos>` stands between two texts, as `xxbos` does here."""
    found = rearrange(AWD_LSTM_LM)
    assert found.vocabulary.tokens == (*SPECIAL, "the", "ช้าง", "sat", ".")
    assert found.rows == (0, -1, 3, -1, -1, -1, -1, -1, -1, 1, 2, 4, 5)
    assert found.missing == ("xxpad", "xxeos", "xxfld", "xxrep", "xxwrep", "xxup", "xxmaj")


def test_new_names_go_before_older_ones() -> None:
    found = rearrange(("xxunk", "<unk>", "xxbos", "<eos>", "xbos", "t_up"))
    assert found.vocabulary.tokens == (*SPECIAL, "<unk>", "<eos>", "xbos")
    assert found.rows == (0, -1, 2, -1, -1, -1, -1, 5, -1, 1, 3, 4)


def test_marked_special_tokens_of_sentencepiece_are_the_ones_that_were_seen() -> None:
    tokens = (*SPECIAL, "▁a", "▁xxbos", "▁xxmaj", "▁xxunk", "▁xxpad", "xxfake")
    found = rearrange(tokens)
    assert found.vocabulary.tokens == (
        *SPECIAL,
        *("xxfake", "xxfake", "▁a", "▁xxunk", "▁xxpad", "xxfake"),
    )
    assert found.rows == (0, 1, 10, 3, 4, 5, 6, 7, 11, 2, 8, 9, 12, 13, 14)
    assert sorted(found.rows) == list(range(len(tokens)))


def test_of_two_tokens_alike_the_first_counts_and_no_row_is_lost() -> None:
    found = rearrange((*SPECIAL, "a", "b", "a", "xxbos", "c", "\ud800", "xxfake"))
    assert found.vocabulary.tokens[9:] == ("a", "b", "xxfake", "xxfake", "c", "xxfake", "xxfake")
    assert found.rows == tuple(range(16))
    assert found.vocabulary.ids(["a", "b", "c", "xxbos", "nowhere"]).tolist() == [9, 10, 13, 2, 0]


@pytest.mark.parametrize("tokens", [FASTAI_2, FASTAI_1, FASTAI_07, AWD_LSTM_LM, ("a", "a")])
@pytest.mark.parametrize("marked", [True, False])
def test_what_is_exported_comes_back_the_same(tokens: tuple[str, ...], marked: bool) -> None:
    vocabulary = rearrange(tokens).vocabulary
    again = rearrange(names_for_fastai(vocabulary, marked=marked))
    assert again.vocabulary == vocabulary
    assert again.rows == tuple(range(len(vocabulary)))


def test_names_for_fastais_sentencepiece() -> None:
    vocabulary = Vocabulary((*SPECIAL, "▁a"))
    assert names_for_fastai(vocabulary, marked=False) == [*SPECIAL, "▁a"]
    assert names_for_fastai(vocabulary, marked=True) == [
        *("xxunk", "xxpad", "▁xxbos", "▁xxeos", "▁xxfld", "▁xxrep", "▁xxwrep", "▁xxup"),
        *("▁xxmaj", "▁a"),
    ]


def test_pieces_are_told_from_words() -> None:
    assert not holds_pieces(FASTAI_2)
    assert not holds_pieces([*FASTAI_2, "▁", "a▁b"])
    assert holds_pieces([*SPECIAL, "▁the", "▁a", "b", "▁on", "▁it"])
    assert holds_pieces([*FASTAI_2, *["กา"] * 100, "▁xxbos"])
