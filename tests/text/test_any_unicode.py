"""What holds for every text there can be, by the rules `fastai` with `words:en`."""

import re
import time

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ulmus.text import TextProcessor, build_splitter, rules
from ulmus.text.columns import without_surrogates
from ulmus.text.special_tokens import SPECIAL_TOKENS
from ulmus.text.splitter import prepare

FRAGMENTS = [
    *("<br />", "&amp;", "&#39;", "#39;", "amp;", "quot;", "\\n", '\\"', "<unk>", " @-@ ", "..."),
    *("go go go", "aaa", "!!!!", "AB", "Ab", "A", "/", "#", "\\", "don't", "U.S.", "http://a.b/c"),
    *(" ", "  ", "\t", "\n", "\r\n", "\u00a0", "\u3000", "\u2028", "\x85", "\x1c", "\u200d", "▁"),
    *("กาาา", "好", "नमस्ते", "👩‍👩‍👧", "👍🏽", "e\u0301", "İ", "ß", "ﬁ", "\ud83d", "\ude00", "\x00"),
    *SPECIAL_TOKENS,
]
ANY_CHARACTER = st.characters()  # halves of surrogate pairs too
TEXTS = st.lists(st.sampled_from(FRAGMENTS) | st.text(ANY_CHARACTER, max_size=9)).map("".join)
CHOSEN = rules.rule_set("fastai")
SIZE = 48  # of the vocabulary of the fragments
LENGTH = 20_000


@pytest.fixture(scope="module")
def processor():
    return TextProcessor.build(FRAGMENTS * 3, tokenizer="words:en")


@given(TEXTS)
@example("")
@example("\ud800")
@example("xxbos")
def test_tokens_are_whole_and_lose_nothing_but_spaces(processor, text):
    tokens = processor.tokens(text)
    assert tokens[0] == "xxbos"
    assert all(token and " " not in token for token in tokens)
    prepared = prepare(text, CHOSEN)
    assert _without_spaces("".join(tokens)) == _without_spaces(prepared)
    assert tokens == processor.tokens(text)


@given(TEXTS)
def test_a_special_token_alone_between_spaces_stays_one(processor, text):
    words = prepare(text, CHOSEN).split(" ")
    tokens = processor.tokens(text)
    for special in SPECIAL_TOKENS:
        assert tokens.count(special) >= words.count(special)


@given(TEXTS)
def test_there_and_back_is_a_text_without_what_the_rules_wrote(processor, text):
    ids = processor.encode(text)
    assert ids[0] == 2
    assert ids.max() < len(processor.vocabulary)
    decoded = processor.decode(ids)
    assert "xxbos" not in decoded.split()
    decoded.encode("utf-8")


@given(st.lists(st.integers(0, 8) | st.integers(0, SIZE - 1), max_size=20))
def test_any_ids_can_be_decoded(processor, ids):
    assert len(processor.vocabulary) == SIZE
    processor.decode(ids).encode("utf-8")


@given(TEXTS)
@pytest.mark.parametrize(
    "rule",
    [rules.rm_useless_spaces, rules.replace_all_caps, rules.replace_maj, rules.replace_space],
)
def test_done_twice_is_done_once(rule, text):
    assert rule(rule(text)) == rule(text)


@given(TEXTS)
def test_what_the_rules_promise(text):
    text = without_surrogates(text)
    # A count such as 111 may itself repeat a figure.
    left = re.search(r"(\S)\1\1", rules.replace_rep(text))
    assert left is None or max(map(text.count, text)) >= 111
    assert "  " not in rules.rm_useless_spaces(text)
    assert _letters(rules.replace_maj(rules.replace_all_caps(text))) == _letters(text)
    spaced = rules.spec_add_spaces(text)
    assert all(f" {mark} " in spaced for mark in "/#\\" if mark in text)
    assert rules.lowercase(text) == rules.lowercase(f" \n{text}\u00a0\t")


@settings(max_examples=30)
@given(TEXTS.filter(bool), st.sampled_from(["", " ", "\n", "a", "A"]))
@example("()", "")
@example("go ", "")
@example("A", "")
@example("İ", "")
@example("xxrep", "")
@example("http://a.b/", "")
@example("'", "")
def test_time_grows_with_the_text_not_with_its_square(processor, text, between):
    unit = text + between
    long = unit * (LENGTH // len(unit) + 1)
    start = time.process_time()
    tokens = processor.tokens(long)
    # Some 0.05 s, 0.5 s at most; what is quadratic takes a hundred times as long.
    assert time.process_time() - start < 5
    assert tokens[0] == "xxbos"


def _without_spaces(text):
    return text.replace(" ", "").replace("▁", "")


def _letters(text):
    marked = text.replace("xxup ", "").replace("xxmaj ", "")
    return "".join(marked.lower().split())


def test_the_splitter_is_the_one_of_the_parity_tests():
    assert build_splitter().description() == {"rules": "fastai", "tokenizer": {"spec": "words:en"}}
