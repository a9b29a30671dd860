"""The rule set `fastai` with `words:en` gives the tokens that fastai gives."""

import pytest

from tests.parity.reading import read_json
from ulmus.text import TextSplitter, build_splitter
from ulmus.text.tokenizers.words import LONGEST_PIECE

TEXTS = read_json("text")
PAIRS = [(text, joined.split(" ")) for text, joined in TEXTS["pairs"]]


@pytest.fixture(scope="module")
def splitter() -> TextSplitter:
    return build_splitter("words:en", rules="fastai")


def test_the_tokens_of_all_texts_are_the_reference_s(splitter: TextSplitter) -> None:
    assert len(PAIRS) == len(dict(TEXTS["pairs"])) >= 6_000
    unlike = [
        f"{text!r}\n  reference {expected}\n  ulmus     {tokens}"
        for text, expected in PAIRS
        if (tokens := splitter.tokens(text)) != expected
    ]
    assert not unlike, f"{len(unlike)} of {len(PAIRS)} differ:\n" + "\n".join(unlike[:5])


def test_the_texts_are_varied() -> None:
    texts = [text for text, _ in PAIRS]
    for mark in (
        *("<br />", "&amp;", "http://", "@example.com", "\r\n", "\t", "\u00a0", "\u2028", "\u200d"),
        *(
            "\u0301",
            "👍🏽",
            "👩‍👩‍👧‍👦",
            "$",
            "U.S.",
            "don't",
            "ก",
            "好",
            "の",
            "א",
            "ع",
            "न",
            "Ж",
            "Ω",
        ),
        *("İ", "ß", "xxbos", "xxwrep", "▁", "\x00", "\x85", "\ufeff", "```", "def "),
    ):
        assert sum(mark in text for text in texts) >= 3, mark
    assert "" in texts
    assert sum(not text.strip() for text in texts) > 100
    assert sum(not text.isascii() for text in texts) > 2_000
    characters = set("".join(texts))
    assert len(characters) > 3_000
    assert len({token for _, tokens in PAIRS for token in tokens}) == TEXTS["vocabulary_size"]


def test_no_text_of_the_comparison_comes_near_the_cut_of_long_pieces() -> None:
    assert max(len(piece) for text, _ in PAIRS for piece in text.split()) < LONGEST_PIECE - 40


def test_a_longer_piece_is_cut_before_spacy_sees_it(splitter: TextSplitter) -> None:
    # On purpose: the reference leaves it whole, and takes time that grows with its square.
    whole, longer = "ab" * (LONGEST_PIECE // 2), "ab" * (LONGEST_PIECE // 2 + 1)
    assert splitter.tokens(whole) == ["xxbos", whole]
    assert splitter.tokens(longer) == ["xxbos", whole, "ab"]


def test_one_text_has_the_same_tokens_as_among_many(splitter: TextSplitter) -> None:
    # On purpose: the reference marks spaces inside tokens in training, but not for a single text.
    assert TEXTS["unlike_when_alone"] > 100
    assert splitter.tokens("a\n  b") == ["xxbos", "a", "\n▁", "b"]
    assert not any(" " in token for text, _ in PAIRS for token in splitter.tokens(text))
