from collections import Counter

import numpy as np

from tests.corpus.sample_text import documents, generated
from ulmus.corpus.chunks import Chunk, cut_chunks, tokenize_chunk
from ulmus.corpus.spool import TokenSpool
from ulmus.text.numbering import number_tokens
from ulmus.text.sources import Document


class Words:
    def numbered(self, texts):
        return number_tokens(text[0].split() for text in texts)


def fill(folder, chunks):
    with TokenSpool(folder) as spool:
        for chunk in chunks:
            spool.append(tokenize_chunk(Words(), chunk))
    return spool


def test_only_the_training_split_counts_in_its_own_order(tmp_path):
    spool = fill(
        tmp_path,
        [
            Chunk("valid", documents("late rare late")),
            Chunk("train", documents("early late")),
            Chunk("train", documents("early new")),
        ],
    )

    assert list(spool.train_counts().items()) == [("early", 2), ("late", 1), ("new", 1)]
    assert spool.tokens == ["late", "rare", "early", "new"]


def test_counts_are_those_of_a_plain_counter(tmp_path):
    stream = [("valid" if i % 5 == 0 else "train", d) for i, d in enumerate(generated(3000))]

    spool = fill(tmp_path, cut_chunks(stream, 10_000))

    plain = Counter(word for split, d in stream if split == "train" for word in d.text.split())
    assert len(plain) > 1024  # more than the table of counts has room for at first
    assert list(spool.train_counts().items()) == list(plain.items())


def test_the_files_give_the_documents_back(tmp_path):
    texts = ["a b a", "", "c b"]
    labels = ["x", "y", "x"]
    stream = [Document((t,), label) for t, label in zip(texts, labels, strict=True)]

    spool = fill(tmp_path, [Chunk("test", stream[:1]), Chunk("test", stream[1:])])

    split = spool.splits["test"]
    ids = np.fromfile(split.ids_path, np.uint32)
    lengths = np.fromfile(split.lengths_path, np.int64)
    words = [[spool.tokens[i] for i in part] for part in np.split(ids, np.cumsum(lengths)[:-1])]
    assert [" ".join(part) for part in words] == texts
    assert [spool.labels[i] for i in np.fromfile(split.labels_path, np.int32)] == labels
    assert (split.documents, split.characters) == (3, 8)


def test_a_missing_label_has_no_number(tmp_path):
    spool = fill(tmp_path, [Chunk("train", [Document(("a",), None), Document(("b",), "x")])])

    assert spool.labels == ["x"]
    assert np.fromfile(spool.splits["train"].labels_path, np.int32).tolist() == [-1, 0]
