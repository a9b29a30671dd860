import pickle

import pytest

from ulmus.errors import TokenizerError
from ulmus.text import build_splitter, rule_set
from ulmus.text.special_tokens import FILLER, SPECIAL_TOKENS
from ulmus.text.splitter import prepare
from ulmus.text.tokenizers import CharacterTokenizer


@pytest.fixture(scope="module")
def english():
    return build_splitter("words:en")


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("The U.S. dollar $1 is $1.00.", "xxbos xxmaj the xxup u.s . dollar $ 1 is $ 1.00 ."),
        (
            "GREAT!!! I   loved it sooooo much. go go go go home <br />(A/B) #1",
            "xxbos xxup great xxrep 3 ! i loved it s xxrep 5 o much . xxwrep 4 go home \n "
            "( a / xxup b ) # 1",
        ),
        ("", "xxbos"),
        (" \t\n ", "xxbos"),
        (("Title", "Some body"), "xxbos xxfld 1 xxmaj title xxfld 2 xxmaj some body"),
        (("only",), "xxbos only"),
        (("", ""), "xxbos xxfld 1 xxfld 2"),
    ],
)
def test_rules_and_words(english, text, tokens):
    assert " ".join(english.tokens(text)) == tokens


def test_a_space_inside_a_token_is_marked(english):
    assert english.tokens("a\n b") == ["xxbos", "a", "\n▁", "b"]


def test_without_rules_the_begin_is_put_in_front():
    splitter = build_splitter("characters")
    assert splitter.rules.name == "none"
    assert splitter.tokens("A a") == ["xxbos", "A", " ", "a"]
    assert splitter.tokens("") == ["xxbos"]
    assert splitter.tokens(("A", "B")) == [
        *["xxbos", "xxfld", "1", " ", "A", " ", "xxfld", "2", " ", "B"]
    ]


def test_rules_may_be_chosen():
    assert build_splitter("characters", rules="fastai").tokens("Go ") == [
        *["xxbos", "xxmaj", "g", "o"]
    ]
    assert build_splitter("words:en", rules="none").tokens("Go ") == ["xxbos", "Go"]
    with pytest.raises(TokenizerError, match="unknown rule set"):
        build_splitter("characters", rules="all")


def test_a_tokenizer_that_tears_the_begin_apart_still_has_it_first():
    class Torn(CharacterTokenizer):
        def tokens(self, text):
            return list(text)

    splitter = build_splitter(Torn(), rules="fastai")
    assert splitter.tokens("a") == ["xxbos", *"xxbos▁a"]


def test_subwords_are_trained_on_texts_after_the_rules():
    texts = [("The Time Machine", "by H. G. Wells"), ("The War", "of the Worlds")] * 9
    passes = []

    def read():
        passes.append(1)
        return iter(texts)

    splitter = build_splitter("subwords:50:bpe", texts=read)
    assert passes == [1]
    assert "▁1" in splitter.tokenizer.pieces()
    assert not any("T" in piece for piece in splitter.tokenizer.pieces())
    vocabulary = splitter.vocabulary({"xxbos": 9, "▁the": 2}, max_vocab=10, min_freq=3)
    pieces = [t for t in vocabulary.tokens if t not in {*SPECIAL_TOKENS, FILLER}]
    assert sorted(pieces) == sorted(splitter.tokenizer.pieces())
    assert vocabulary.tokens[9] == "▁the"


def test_a_vocabulary_of_counts(english):
    vocabulary = english.vocabulary({"a": 3, "b": 2}, min_freq=2)
    assert vocabulary.tokens[9:11] == ("a", "b")


def test_halves_of_pairs_become_one_character_or_a_replacement():
    assert prepare("\ud83d\ude00", rule_set("none")) == "😀"
    assert prepare("a\ud800b", rule_set("none")) == "a\ufffdb"


def test_pickled_and_described():
    splitter = build_splitter("characters", rules="fastai")
    assert pickle.loads(pickle.dumps(splitter)) == splitter
    assert splitter.description() == {"rules": "fastai", "tokenizer": {"spec": "characters"}}
