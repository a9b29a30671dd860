"""The tokens and vocabularies of whole data sets have the hashes that fastai's have."""

from collections import Counter
from hashlib import sha256
from pathlib import Path

import pytest

from tests.parity.data_texts import DATA_SETS, texts_of
from tests.parity.reading import read_json
from ulmus.text import TextSplitter, Vocabulary, build_splitter

REFERENCE = read_json("text_data")["sets"]


@pytest.fixture(scope="module")
def splitter() -> TextSplitter:
    return build_splitter("words:en", rules="fastai")


@pytest.mark.parametrize("name", DATA_SETS)
def test_a_data_set_has_the_reference_s_tokens_and_vocabulary(
    name: str, splitter: TextSplitter, data_folder: Path
) -> None:
    texts = texts_of(name, data_folder)
    hashed = sha256()
    counts: Counter[str] = Counter()
    for text in texts:
        tokens = splitter.tokens(text)
        counts.update(tokens)
        hashed.update((" ".join(tokens) + "\n").encode("utf-8"))
    vocabulary = Vocabulary.build(counts, min_freq=2).tokens
    assert REFERENCE[name] == {
        "texts": len(texts),
        "tokens": counts.total(),
        "sha256": hashed.hexdigest(),
        "vocabulary_size": len(vocabulary),
        "vocabulary_sha256": sha256(" ".join(vocabulary).encode("utf-8")).hexdigest(),
    }
