import itertools
import json
import os

import numpy as np
import pytest

from tests.corpus.sample_text import documents, generated, word_splitter, words
from ulmus.corpus import hold_out, in_split, open_corpus, write_corpus, writer
from ulmus.errors import CorpusError, TokenizerError
from ulmus.text.vocabulary import Vocabulary


@pytest.fixture
def corpus(tmp_path):
    stream = hold_out(generated(300, labels=["x", "y"]), 0.2)
    return write_corpus(tmp_path / "corpus", stream, word_splitter(), min_freq=2)


def reopen(corpus):
    return open_corpus(corpus.folder, tokenizer=words)


def test_a_corpus_is_opened_as_it_was_written(corpus):
    again = reopen(corpus)

    assert again.fingerprint == corpus.fingerprint
    assert again.labels == ("x", "y")
    assert again.vocabulary.tokens == corpus.vocabulary.tokens
    assert again.processor.fingerprint == corpus.processor.fingerprint


def test_documents_are_views_of_the_mapped_file(corpus):
    split = reopen(corpus).split("train")
    source = [d for name, d in hold_out(generated(300), 0.2) if name == "train"]

    assert split.document_count == len(source)
    for number, document in enumerate(source):
        ids = split.document(number)
        assert np.shares_memory(ids, split.ids)
        assert ids.tolist() == corpus.processor.encode(document.text).tolist()


@pytest.mark.parametrize("block_tokens", [50, 1 << 20])
def test_tokens_are_counted_without_what_lies_between_blocks(tmp_path, monkeypatch, block_tokens):
    monkeypatch.setattr(writer, "BLOCK_TOKENS", block_tokens)
    stream = hold_out(generated(300), 0.2)
    split = write_corpus(tmp_path / "corpus", stream, word_splitter(), min_freq=2).split("train")
    documents = [split.document(number) for number in range(split.document_count)]
    expected = np.bincount(np.concatenate(documents), minlength=500)
    assert split.counts(500).tolist() == expected.tolist()
    assert (split.starts[1:] != split.ends[:-1]).any() == (block_tokens == 50)


def test_ids_cannot_be_written_through_the_view(corpus):
    with pytest.raises(ValueError, match=r"read-only"):
        corpus.split("train").ids[0] = 1


def test_a_missing_split_is_told_with_those_there(corpus):
    with pytest.raises(CorpusError, match=r"no such split: 'test'; accepted: train, valid"):
        corpus.split("test")


def test_another_vocabulary_is_refused_with_both_fingerprints(corpus):
    other = Vocabulary.build({"w1": 3}, max_vocab=100, min_freq=1)
    corpus.require_vocabulary(corpus.vocabulary)

    with pytest.raises(CorpusError, match=r"made with another vocabulary") as caught:
        corpus.require_vocabulary(other)

    assert corpus.vocabulary.fingerprint[:12] in str(caught.value)
    assert other.fingerprint[:12] in str(caught.value)


def test_a_missing_folder_is_told(tmp_path):
    with pytest.raises(CorpusError, match=r"no corpus here: .*nowhere.*corpus\.json"):
        open_corpus(tmp_path / "nowhere")


@pytest.mark.parametrize("name", ["train.arrow", "valid.arrow"])
def test_a_missing_file_is_told(corpus, name):
    (corpus.folder / name).unlink()

    with pytest.raises(CorpusError, match=rf"damaged corpus .*{name}"):
        reopen(corpus)


def test_a_truncated_file_is_told(corpus):
    path = corpus.folder / "train.arrow"
    path.write_bytes(path.read_bytes()[:-100])

    with pytest.raises(CorpusError, match=r"damaged corpus .*no whole Arrow file"):
        reopen(corpus)


def test_the_file_of_another_split_is_told(corpus):
    (corpus.folder / "train.arrow").write_bytes((corpus.folder / "valid.arrow").read_bytes())

    with pytest.raises(CorpusError, match=r"another number of documents or tokens"):
        reopen(corpus)


def test_the_processor_of_another_corpus_is_told(corpus, tmp_path):
    stream = itertools.chain(in_split("train", documents("p q")), in_split("valid", documents("p")))
    other = write_corpus(tmp_path / "other", stream, word_splitter(), min_freq=1)
    for path in (other.folder / "processor").iterdir():
        (corpus.folder / "processor" / path.name).write_bytes(path.read_bytes())

    with pytest.raises(CorpusError, match=r"vocabulary .* is not the one its ids were made with"):
        reopen(corpus)


def test_a_newer_schema_is_told(corpus):
    manifest = json.loads((corpus.folder / "corpus.json").read_text("utf-8"))
    manifest["schema_version"] = 99
    (corpus.folder / "corpus.json").write_text(json.dumps(manifest), "utf-8")

    with pytest.raises(CorpusError, match=r"newer schema: .*schema 99"):
        reopen(corpus)


@pytest.mark.parametrize("name", ["processor.json", "vocabulary.json"])
@pytest.mark.parametrize("content", [None, b"{"])
def test_a_damaged_processor_is_told(corpus, name, content):
    path = corpus.folder / "processor" / name
    path.unlink()
    if content is not None:
        path.write_bytes(content)

    with pytest.raises(CorpusError, match=r"damaged corpus .*cannot be read.*Make the corpus anew"):
        reopen(corpus)


def test_a_tokenizer_function_must_be_handed_in(corpus):
    with pytest.raises(TokenizerError, match=r"needs its tokenizer function"):
        open_corpus(corpus.folder)

    by_name = open_corpus(corpus.folder, tokenizer="function:tests.corpus.sample_text:words")

    assert by_name.processor.fingerprint == corpus.processor.fingerprint


@pytest.mark.parametrize("name", ["train.arrow", "processor/processor.json"])
@pytest.mark.parametrize("target", ["/dev/zero", "pipe"])
def test_what_is_no_file_is_not_read(corpus, name, target):
    path = corpus.folder / name
    path.unlink()
    if target == "pipe":
        os.mkfifo(path)
    else:
        path.symlink_to(target)
    with pytest.raises(CorpusError, match="it is no file"):
        reopen(corpus)
