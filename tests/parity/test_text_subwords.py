"""A SentencePiece model that fastai trained gives the pieces that it gives there."""

import gzip
import itertools
from pathlib import Path

import pytest

from tests.parity.reading import FIXTURES, read_json
from ulmus.text import TextSplitter, build_splitter
from ulmus.text.special_tokens import SPECIAL_TOKENS
from ulmus.text.tokenizers.subword_training import DistinctWords
from ulmus.text.tokenizers.subwords import subwords_from_file

REFERENCE = read_json("subwords")

# On purpose: what fastai calls `▁xxbos` there, and `xxbos` with any other tokenizer, is always
# `xxbos` in ulmus, so that the nine special tokens have ids 0 to 8 in every vocabulary.
OUR_NAMES = {"▁" + token: token for token in SPECIAL_TOKENS}
PAIRS = [
    (text, [OUR_NAMES.get(token, token) for token in joined.split(" ")])
    for text, joined in REFERENCE["pairs"]
]


@pytest.fixture(scope="module")
def splitter(tmp_path_factory: pytest.TempPathFactory) -> TextSplitter:
    path: Path = tmp_path_factory.mktemp("fastai") / "spm.model"
    path.write_bytes(gzip.decompress((FIXTURES / "subwords.model.gz").read_bytes()))
    return build_splitter(subwords_from_file(path))


def test_the_pieces_of_all_texts_are_the_reference_s(splitter: TextSplitter) -> None:
    assert len(PAIRS) >= 1_000
    unlike = [
        f"{text!r}\n  reference {expected}\n  ulmus     {tokens}"
        for text, expected in PAIRS
        if (tokens := splitter.tokens(text)) != expected
    ]
    assert not unlike, f"{len(unlike)} of {len(PAIRS)} differ:\n" + "\n".join(unlike[:5])


def test_the_texts_hold_known_and_unknown_pieces_and_special_tokens(splitter: TextSplitter) -> None:
    pieces = splitter.tokenizer.pieces()
    assert pieces is not None
    tokens = [token for _, tokens in PAIRS for token in tokens]
    special = {token for token in tokens if token in SPECIAL_TOKENS}
    assert special == {*SPECIAL_TOKENS}
    unknown = {*tokens} - {*pieces} - special
    assert len(unknown) > 400
    assert any(len(token) > 1 for token in unknown), "neighbours that are unknown are one token"
    assert len({*pieces} & {*tokens}) > 0.7 * len(pieces)


def test_the_default_size_is_the_reference_s() -> None:
    for distinct, expected in REFERENCE["sizes"]:
        words = DistinctWords()
        texts = (f"w{i} w{i // 2}\n" for i in range(distinct))
        assert sum(1 for _ in itertools.chain(words.seen_in(texts))) == distinct
        assert words.default_size() == expected, distinct
