"""What is made of pieces is what is made of whole texts, and each piece is tokenized once."""

import pickle
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from functools import cache

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.text.test_any_unicode import FRAGMENTS
from ulmus.text.known_pieces import KnownPieces
from ulmus.text.memo import Memo
from ulmus.text.piece_splitter import PieceSplitter
from ulmus.text.rules import rule_set
from ulmus.text.special_tokens import BEGINNING
from ulmus.text.splitter import TextSplitter, prepare
from ulmus.text.tokenizers import WordTokenizer

# What spaCy's English rules look for across spaces, and what else stands near it.
NEAR = [
    *(":)", ": )", ":", ")", "))", ":-", "-", "'", "em", "'em", "it", "'s", "it's", "a.m", "."),
    *(
        " .",
        "p.m.",
        "8",
        "8 )",
        "can't",
        "xxup",
        "ΑΣ",
        "Σ.",
        "ΟΔΟΣ",
        "ǅ",
        "𐐔𐐇",
        "Ꭳ",
        "I'm",
        "\u2019s",
    ),
    *("\n ", " \n", "\n\n", "\n", "\r", " \t ", "\x1d", "\u2029", "word" * 80, "()" * 140),
]
SPACED = st.lists(
    st.sampled_from(["", " ", " ", "\n"]).flatmap(
        lambda space: st.sampled_from([*FRAGMENTS, *NEAR]).map(lambda part: space + part)
    ),
    max_size=30,
).map("".join)
TEXTS = SPACED | st.text(max_size=40)
TOKENIZERS = {language: WordTokenizer(language) for language in ("en", "xx", "gd", "ms", "tr")}


def whole(splitter, text):
    """Return the tokens as they are without pieces: by all rules, then the tokenizer."""
    tokens = splitter.rules.finish(splitter.tokenizer.tokens(prepare(text, splitter.rules)))
    return tokens if tokens[:1] == [BEGINNING] else [BEGINNING, *tokens]


def spelt(numbered):
    tokens = iter([numbered.tokens[number] for number in numbered.ids.tolist()])
    return [[next(tokens) for _ in range(length)] for length in numbered.lengths.tolist()]


@cache  # spaCy's special cases take a third of a second to look through in Malay
def splitter_of(language, rules="fastai"):
    return TextSplitter(rule_set(rules), TOKENIZERS[language])


class Counting:
    """A tokenizer that notes what it is asked."""

    def __init__(self, pairs=(), cuts=True):
        self.cuts_pieces = lambda: cuts
        self.pairs = frozenset(pairs)
        self.asked = []

    def tokens(self, text):
        self.asked.append(text)
        # Neighbours of a pair become one token, wherever they stand.
        words = text.replace("\n", " \n ").split(" ")
        tokens = []
        for word in filter(None, words):
            if tokens and (tokens[-1], word) in self.pairs:
                tokens[-1] += word
            else:
                tokens.append(word)
        return tokens

    def tokens_of_pieces(self, pieces):
        return list(map(self.tokens, pieces))

    def inseparable(self):
        return self.pairs


@settings(max_examples=150)
@pytest.mark.parametrize(
    ("language", "rules"),
    [("en", "fastai"), ("en", "none"), ("xx", "unicode"), ("gd", "fastai"), ("ms", "none"),
     ("tr", "unicode")],
)  # fmt: skip
@given(texts=st.lists(TEXTS, max_size=4))
@example(texts=[])
@example(texts=["", " ", "a", "xxbos", "xxbos.", "a:) )", "'n diugh a bhos", "M\n M\n"])
@example(texts=["go\ngo\ngo x", "A /\nB", "/ a", "a :\n) b", "it 's", "a . it 's . :)) ) ("])
def test_pieces_give_the_tokens_of_the_whole(language, rules, texts):
    splitter = splitter_of(language, rules)
    expected = [whole(splitter, text) for text in texts]
    assert [splitter.tokens(text) for text in texts] == expected
    numbered = splitter.numbered(texts)
    assert spelt(numbered) == expected
    assert numbered.tokens == list(dict.fromkeys(token for tokens in expected for token in tokens))


@settings(max_examples=60)
@given(text=TEXTS)
@example(text="A /\nB it 's . :)) ) (")
def test_a_long_text_has_the_same_tokens(text):
    splitter = splitter_of("en", "fastai")
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("ulmus.text.piece_splitter.LONG_TEXT", 0)
        found = splitter.tokens(text)
    assert found == whole(splitter, text)
    assert all(type(token) is str for token in found)


@settings(max_examples=60)
@pytest.mark.parametrize("rules", ["fastai", "unicode"])
@given(text=TEXTS)
def test_rules_in_two_steps_are_the_rules(rules, text):
    chosen = rule_set(rules)
    text = prepare(text, rule_set("none"))
    stepwise = text
    for rule in chosen.in_pieces.across:
        stepwise = rule(stepwise)
    pieces = stepwise.split(" ")
    for rule in chosen.in_pieces.within:
        pieces = [rule(piece) for piece in pieces]
    assert " ".join(pieces) == chosen.apply(text)


def test_each_piece_is_tokenized_once():
    tokenizer = Counting()
    splitter = PieceSplitter(rule_set("fastai"), tokenizer)
    texts = ["The cat\nsat on the mat. " * 500, "the mat, The cat " * 500]
    numbered = splitter.numbered(texts)
    asked = Counter("\n".join(tokenizer.asked).split("\n"))
    assert asked.pop("xxmaj the") == 1
    assert asked == Counter(["xxbos", "cat", "", "", "sat", "on", "the", "mat.", "mat,"])
    assert numbered.lengths.tolist() == [500 * 8 + 1, 500 * 5 + 1]
    tokens = splitter.tokens(texts[0])
    before = len(tokenizer.asked)
    assert spelt(splitter.numbered(texts[:1])) == [tokens] == [splitter.tokens(texts[0])]
    assert len(tokenizer.asked) == before


def test_no_python_runs_for_each_token_or_piece():
    splitter = TextSplitter(rule_set("fastai"), TOKENIZERS["xx"])
    calls = Counter()

    def calls_for(repetitions):
        text = "One two, (three) four five. " * repetitions
        calls.clear()
        sys.setprofile(lambda frame, event, argument: calls.update([event]))
        try:
            splitter.numbered([text, text])
            splitter.tokens(text)
        finally:
            sys.setprofile(None)
        return calls["call"] + calls["c_call"]

    calls_for(10)  # from here on all pieces are known
    assert calls_for(5_000) == calls_for(30_000)
    calls_for(80_000)  # a long text is read in another way, and now there is room for it
    assert calls_for(40_000) == calls_for(80_000)


def test_pieces_that_belong_together_are_tokenized_together():
    pairs = {("a", "b"), ("b", "c"), ("z", "z")}
    splitter = TextSplitter(rule_set("none"), Counting([*pairs, ("ab", "c")]))
    texts = ["x a b c y", "a b", "b", "c", "z z x z", "b b a\nb", "a \nb c"]
    expected = [whole(splitter, text) for text in texts]
    assert "abc" in expected[0]
    assert spelt(splitter.numbered(texts)) == expected
    assert [splitter.tokens(text) for text in texts] == expected


def test_a_text_is_one_piece_for_a_tokenizer_that_must_see_it_whole():
    tokenizer = Counting(cuts=False)
    splitter = TextSplitter(rule_set("fastai"), tokenizer)
    assert splitter.tokens("a b\nA") == ["xxbos", "a", "b", "\n", "a"]
    assert spelt(splitter.numbered(["a b"])) == [["xxbos", "a", "b"]]
    assert tokenizer.asked == ["xxbos a b\na", "xxbos a b"]


def test_memory_is_bounded(monkeypatch):
    monkeypatch.setattr(Memo, "MOST", 5)
    monkeypatch.setattr(Memo, "LONGEST", 9)
    splitter = TextSplitter(rule_set("fastai"), TOKENIZERS["xx"])
    for number in range(30):
        text = f"w{number} {'long' * 5} x"
        assert splitter.tokens(text) == ["xxbos", f"w{number}", "long" * 5, "x"]
    memo = splitter._pieces._memo
    assert len(memo) <= 5
    assert "long" * 5 not in memo


@pytest.mark.parametrize("limit", ["MOST", "MOST_LETTERS"])
def test_memory_of_numbers_is_bounded(monkeypatch, limit):
    monkeypatch.setattr(KnownPieces, limit, 12)
    splitter = TextSplitter(rule_set("fastai"), TOKENIZERS["xx"])
    counts = []
    for start in range(0, 60, 3):
        texts = [f"v{number} x" for number in range(start, start + 3)]
        assert spelt(splitter.numbered(texts)) == [whole(splitter, text) for text in texts]
        counts.append(splitter._pieces._known.count)
    assert max(counts) <= 12 + 3
    assert counts.count(min(counts)) > 1  # it began anew


def test_what_is_remembered_is_not_pickled_and_makes_no_difference():
    splitter = TextSplitter(rule_set("fastai"), TOKENIZERS["en"])
    size = len(pickle.dumps(splitter))
    splitter.tokens("some words, more words")
    assert len(pickle.dumps(splitter)) == size
    assert pickle.loads(pickle.dumps(splitter)) == splitter


def test_threads_share_a_splitter(monkeypatch):
    monkeypatch.setattr(Memo, "MOST", 20)
    monkeypatch.setattr(KnownPieces, "MOST", 20)
    splitter = TextSplitter(rule_set("fastai"), TOKENIZERS["en"])
    texts = [" ".join(f"It's{n * step % 97}" for n in range(60)) for step in range(1, 9)]
    expected = [whole(splitter, text) for text in texts]
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(splitter.tokens, texts * 20))
        numbered = list(pool.map(splitter.numbered, [texts] * 16))
    assert made == expected * 20
    assert all(spelt(one) == expected for one in numbered)
