import pytest

from tests.corpus.sample_text import documents, generated
from ulmus.corpus.chunks import SMALLEST_DOCUMENT, Chunk, cut_chunks, tokenize_chunk
from ulmus.errors import CorpusError
from ulmus.text.numbering import number_tokens
from ulmus.text.sources import Document


class Words:
    def numbered(self, texts):
        return number_tokens(["xxbos", *" / ".join(text).split()] for text in texts)


def test_chunks_keep_the_order_of_each_split():
    stream = [("valid" if i % 3 == 0 else "train", d) for i, d in enumerate(generated(300))]

    chunks = list(cut_chunks(stream, 1000))

    assert len(chunks) > 20
    for split in ("train", "valid"):
        joined = [d for chunk in chunks if chunk.split == split for d in chunk.documents]
        assert joined == [d for name, d in stream if name == split]


def test_a_chunk_is_full_as_soon_as_it_holds_its_characters():
    stream = [("train", d) for d in documents("a" * 100, "b" * 100, "c" * 1000, "d")]

    chunks = list(cut_chunks(stream, 150))

    assert [[d.text[0] for d in chunk.documents] for chunk in chunks] == [["a", "b"], ["c"], ["d"]]


def test_short_documents_fill_a_chunk_too():
    stream = [("train", d) for d in documents(*["a"] * 10)]

    assert [len(c.documents) for c in cut_chunks(stream, 4 * SMALLEST_DOCUMENT)] == [4, 4, 2]


def test_an_unknown_split_is_refused():
    with pytest.raises(CorpusError, match=r"unknown split: 'dev'; accepted: train, valid, test"):
        list(cut_chunks([("dev", Document(("a",), None))], 10))


def test_tokens_are_numbered_in_the_order_they_are_first_seen():
    some = [Document(("b a b",), None), Document(("", ""), None), Document(("c", "a"), "x")]

    chunk = tokenize_chunk(Words(), Chunk("train", some))

    assert (chunk.split, chunk.labels) == ("train", [None, None, "x"])
    assert chunk.tokens == ["xxbos", "b", "a", "/", "c"]
    assert chunk.ids.tolist() == [0, 1, 2, 1, 0, 3, 0, 4, 3, 2]
    assert chunk.lengths.tolist() == [4, 2, 4]
    assert chunk.characters == len("b a b") + len("\n") + len("c\na")
