import itertools
import json

import numpy as np
import pyarrow as pa
import pytest

from tests.corpus.sample_text import documents, generated, word_splitter, words
from ulmus.corpus import hold_out, in_split, open_corpus, write_corpus, writer
from ulmus.corpus.targets import LabelReading
from ulmus.corpus.workers import LocalEngine
from ulmus.errors import CorpusError, LabelError, OutputError
from ulmus.text.sources import Document
from ulmus.text.splitter import build_splitter
from ulmus.text.vocabulary import Vocabulary

TRAIN = ["b a b", "b a c c", "rare"]
VALID = ["a rare c new", "c"]


def given_files(train=TRAIN, valid=VALID, label=None):
    return itertools.chain(
        in_split("train", documents(*train, label=label)),
        in_split("valid", documents(*valid, label=label)),
    )


def write(folder, stream=None, **arguments):
    arguments.setdefault("min_freq", 1)
    return write_corpus(
        folder, given_files() if stream is None else stream, word_splitter(), **arguments
    )


def texts(corpus, name):
    split = corpus.split(name)
    tokens = corpus.vocabulary.tokens
    return [
        " ".join(tokens[i] for i in split.document(number))
        for number in range(split.document_count)
    ]


def files(folder):
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_documents_come_back_as_tokens_of_a_vocabulary_of_the_training_split(tmp_path):
    corpus = write(tmp_path / "corpus", min_freq=2)

    assert corpus.vocabulary.tokens[9:12] == ("b", "a", "c")  # 3, 2 and 2 times, "a" seen first
    assert texts(corpus, "train") == ["xxbos b a b", "xxbos b a c c", "xxbos xxunk"]
    assert texts(corpus, "valid") == ["xxbos a xxunk c xxunk", "xxbos c"]


def test_splits_are_counted(tmp_path):
    corpus = write(tmp_path / "corpus", min_freq=2)

    valid = corpus.split("valid")
    assert (valid.document_count, valid.token_count) == (2, 7)
    assert (valid.character_count, valid.unknown_count) == (len("a rare c new") + 1, 2)


def test_the_folder_holds_what_the_plan_says(tmp_path):
    corpus = write(tmp_path / "corpus", provenance={"source": "แหล่ง.csv"})

    names = {path.name for path in (tmp_path / "corpus").iterdir()}
    assert names == {"corpus.json", "processor", "train.arrow", "valid.arrow"}
    manifest = json.loads((tmp_path / "corpus" / "corpus.json").read_text("utf-8"))
    assert manifest["provenance"] == {"source": "แหล่ง.csv"}
    assert manifest["fingerprint"] == corpus.fingerprint
    assert manifest["vocabulary_fingerprint"] == corpus.vocabulary.fingerprint
    assert manifest["splits"]["train"] == {
        "documents": 3, "tokens": 11, "characters": 16, "unknown_tokens": 0,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("workers", "chunk_characters"), [(0, 999), (0, 10**9), (1, 20_000), (2, 20_000), (4, 7_000)]
)
def test_the_corpus_is_the_same_for_any_workers_and_chunks(tmp_path, workers, chunk_characters):
    def made(name, **arguments):
        stream = hold_out(generated(2000, labels=["x", "y"]), 0.2)
        return write(tmp_path / name, stream, min_freq=2, **arguments)

    alone = made("alone", engine=LocalEngine(0, 20_000))
    other = made("other", engine=LocalEngine(workers, chunk_characters))

    assert other.fingerprint == alone.fingerprint
    assert other.vocabulary.tokens == alone.vocabulary.tokens
    assert len(set(alone.vocabulary.tokens)) > 500
    assert files(tmp_path / "other") == files(tmp_path / "alone")


def test_ids_of_many_blocks_are_those_of_one(tmp_path, monkeypatch):
    stream = list(hold_out(generated(500, labels=["x", "y"]), 0.2))
    whole = write(tmp_path / "whole", stream)
    monkeypatch.setattr(writer, "BLOCK_TOKENS", 50)
    monkeypatch.setattr(writer, "BLOCK_DOCUMENTS", 7)

    cut = write(tmp_path / "cut", stream)

    with pa.ipc.open_file(tmp_path / "cut" / "train.arrow") as reader:
        sizes = [reader.get_batch(i).num_rows for i in range(reader.num_record_batches)]
    assert len(sizes) > 100
    assert max(sizes) <= 7
    assert cut.fingerprint == whole.fingerprint
    for name in ("train", "valid"):
        assert texts(cut, name) == texts(whole, name)
        assert cut.split(name).targets.tolist() == whole.split(name).targets.tolist()


def test_a_given_vocabulary_is_kept(tmp_path):
    vocabulary = Vocabulary.build({"c": 2, "a": 1}, max_vocab=100, min_freq=1)

    corpus = write(tmp_path / "corpus", vocabulary=vocabulary)

    assert corpus.vocabulary.tokens == vocabulary.tokens
    assert texts(corpus, "train") == ["xxbos xxunk a xxunk", "xxbos xxunk a c c", "xxbos xxunk"]


def test_a_large_vocabulary_needs_wider_ids(tmp_path):
    many = Vocabulary.build({f"t{i}": 1 for i in range(66_000)}, max_vocab=70_000, min_freq=1)
    stream = given_files(["t65999 t0"], ["t65990"])

    corpus = write(tmp_path / "corpus", stream, vocabulary=many)

    assert corpus.split("train").ids.dtype == np.uint32
    assert write(tmp_path / "narrow").split("train").ids.dtype == np.uint16
    assert texts(corpus, "train") == ["xxbos t65999 t0"]


def test_labels_are_written_as_ids_of_the_sorted_names(tmp_path):
    stream = [
        ("train", Document(("a",), "pos")),
        ("valid", Document(("a",), "neg")),
        ("train", Document(("b",), "neg")),
        ("test", Document(("b",), "pos")),
    ]

    corpus = write(tmp_path / "corpus", stream)

    assert corpus.labels == ("neg", "pos")
    labels = {name: split.targets.tolist() for name, split in corpus.splits.items()}
    assert labels == {"train": [1, 0], "valid": [0], "test": [1]}


def test_tags_and_their_separator_come_back(tmp_path):
    stream = [
        ("train", Document(("a",), "old|ตลก")),
        ("train", Document(("b",), "")),
        ("valid", Document(("c",), "ตลก")),
    ]

    corpus = write(tmp_path / "corpus", stream, reading=LabelReading("tags", "|"))

    assert (corpus.target, corpus.separator, corpus.labels) == ("tags", "|", ("old", "ตลก"))
    assert corpus.split("train").targets.tolist() == [[True, True], [False, False]]
    assert corpus.split("valid").targets.tolist() == [[False, True]]


def test_an_unknown_label_leaves_nothing_behind(tmp_path):
    stream = [("train", Document(("a",), "pos")), ("valid", Document(("a",), "new"))]

    with pytest.raises(LabelError, match=r"unknown label in the valid split: 'new'"):
        write(tmp_path / "corpus", stream)

    assert list(tmp_path.iterdir()) == []


def test_the_fingerprint_covers_ids_borders_splits_labels_and_tokenizer(tmp_path):
    numbers = itertools.count()

    def fingerprint(stream, **arguments):
        return write(tmp_path / str(next(numbers)), stream, **arguments).fingerprint

    base = fingerprint(given_files(), provenance={"when": "now"})
    assert base == fingerprint(given_files(), provenance={"when": "then"})
    others = [
        fingerprint(given_files(TRAIN[::-1])),
        fingerprint(given_files(["b a b b", "a c c", "rare"])),
        fingerprint(given_files(valid=["c", "a rare c new"])),
        fingerprint(given_files(label="pos")),
        fingerprint(given_files(label="neg")),
        fingerprint(given_files(), min_freq=2),
        fingerprint(itertools.chain(given_files(), in_split("test", documents("a")))),
    ]
    assert len({base, *others}) == len(others) + 1


@pytest.mark.parametrize(
    ("train", "valid", "message"),
    [
        (["a", "b"], [], r"no document in the valid split: 'train 2, valid 0 documents'"),
        ([], ["a"], r"no document in the train split: 'train 0, valid 1 documents'"),
        ([], [], r"no document in the train split: 'train 0, valid 0 documents'"),
    ],
)
def test_an_empty_split_is_told_with_the_counts_and_the_remedy(tmp_path, train, valid, message):
    remedy = ".*--valid SOURCE, take a larger --valid-share.*--document paragraph"

    with pytest.raises(CorpusError, match=message + remedy):
        write(tmp_path / "corpus", given_files(train, valid))

    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("kind", [KeyboardInterrupt, RuntimeError])
def test_what_breaks_off_in_the_middle_leaves_the_old_corpus(tmp_path, kind):
    def breaking():
        yield from given_files()
        raise kind

    old = write(tmp_path / "corpus")
    before = files(tmp_path)

    with pytest.raises(kind):
        write(tmp_path / "corpus", breaking(), engine=LocalEngine(0, 1))

    assert files(tmp_path) == before
    assert open_corpus(old.folder, tokenizer=words).fingerprint == old.fingerprint


def test_a_corpus_replaces_an_older_one(tmp_path):
    write(tmp_path / "corpus", itertools.chain(given_files(), in_split("test", documents("a"))))

    corpus = write(tmp_path / "corpus")

    assert set(corpus.splits) == {"train", "valid"}
    assert not (tmp_path / "corpus" / "test.arrow").exists()


def test_a_folder_of_something_else_is_not_touched_nor_a_document_read(tmp_path):
    (tmp_path / "thesis.txt").write_text("years of work", "utf-8")
    stream = given_files()

    with pytest.raises(OutputError, match=r"output path is taken"):
        write(tmp_path, stream)

    assert files(tmp_path) == {"thesis.txt": b"years of work"}
    assert len(list(stream)) == 5


def test_the_usual_tokenizer_and_rules_work_in_a_worker(tmp_path):
    splitter = build_splitter("words:en")
    texts = documents("I can't <br />read THIS!!!", "ไม่ได้ 🙂 你好", "don't", " ")

    corpora = [
        write_corpus(
            tmp_path / str(workers),
            itertools.chain(in_split("train", texts), in_split("valid", texts)),
            splitter,
            min_freq=1,
            engine=LocalEngine(workers),
        )
        for workers in (0, 1)
    ]

    assert corpora[0].fingerprint == corpora[1].fingerprint
    assert corpora[0].split("valid").unknown_count == 0
    tokens = [corpora[0].vocabulary.tokens[i] for i in corpora[0].split("train").document(0)]
    assert tokens[:4] == ["xxbos", "i", "ca", "n't"]
    assert tokens[-6:] == ["read", "xxup", "this", "xxrep", "3", "!"]
