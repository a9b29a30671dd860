"""Words are cut as spaCy cuts them, in every language, by patterns that are tried less often."""

import re
from functools import cache
from pathlib import Path

import pytest
import spacy
from hypothesis import example, given, settings
from hypothesis import strategies as st
from spacy.symbols import ORTH

from tests.text.test_any_unicode import FRAGMENTS
from ulmus.text.tokenizers import WordTokenizer
from ulmus.text.tokenizers.affixes import AffixSearches, Infixes

LANGUAGES = ("en", "de", "fr", "it", "es", "ru", "ar", "hi", "fi", "hu", "tr", "gd", "ms", "xx")
AFFIXES = [*"\"'()[]{}<>.,;:!?$€%&*#/-–—~_…’”“»«", "'s", "km", "°C", "...", "US$", "http://", "@"]
CORES = [
    *("word", "Word", "WORD", "don't", "l'eau", "a.m.", "e.g", "U.S.", "3", "3.5", "10km", "1.000"),
    *("x-y", "a/b", "a--b", "and/or", ":)", ":-(", "co-op", "www.a.com", "me@b.org", "дом", "घर"),
    *("xxmaj", "xxbos", "Straße", "c'est", "dell'arte", "z.B.", "8:00", "a=b", "x^2", "ни-ни"),
]
PARTS = st.sampled_from([*AFFIXES, *AFFIXES, *CORES])
VALID = [part for part in FRAGMENTS if not re.search("[\ud800-\udfff]", part)]
WORDS = st.lists(PARTS, min_size=1, max_size=7).map("".join)
PIECES = WORDS | st.lists(WORDS, min_size=2, max_size=4).map(" ".join) | st.sampled_from(VALID)


@cache
def tokenizer_of(language: str) -> WordTokenizer:
    return WordTokenizer(language)


@cache
def spacy_itself(language: str):
    tokenizer = spacy.blank(language).tokenizer
    for token in ("xxmaj", "xxbos"):
        tokenizer.add_special_case(token, [{ORTH: token}])
    return tokenizer


@pytest.mark.parametrize("language", LANGUAGES)
@settings(max_examples=120)
@given(pieces=st.lists(PIECES, max_size=8))
@example(pieces=["", ":", ":)", '"don\'t"', "(a.m.)", "it 's", "a :)", "(:)", "word" * 80, "a\nb"])
@example(pieces=["marriage-tribe's.", '("moon").', "...", "'em", "(s.c.a.t.),", "8-hour", "¿Qué?"])
def test_pieces_are_cut_as_spacy_cuts_them(language, pieces):
    found = tokenizer_of(language).tokens_of_pieces(pieces)
    assert len(found) == len(pieces)
    for piece, tokens in zip(pieces, found, strict=True):
        if len(piece) <= 256:
            assert list(tokens) == [token.text for token in spacy_itself(language)(piece)]
        else:
            assert list(tokens) == tokenizer_of(language).tokens(piece)


def test_real_words_hardly_ever_need_spacy(data_folder: Path):
    tokenizer = tokenizer_of("en")
    novel = min((data_folder / "en_novels_pd" / "corpus").glob("*.txt"))
    words = sorted(set(novel.read_text("utf-8-sig").lower().split()))
    known = tokenizer._words
    found = {word: known.tokens(word) for word in words}
    own = spacy_itself("en")
    assert len(words) > 3000
    for word, tokens in found.items():
        assert tokens is None or list(tokens) == [token.text for token in own(word)]
    assert sum(tokens is None for tokens in found.values()) < 0.03 * len(words)


PATTERNS = [
    *(r"\.\.+", "…", "'s", r"(?<=[0-9])(?:km|m²|°)", "[a-c]x?", "(?:)", "u*", r"[^\w\s]", "a|b"),
    *(r"(?i:KG)", r"\d", r"(?<![a-z])\.", "(?:ab|c)?d", "[^a-z]", ".", r"y+?", "(x)"),
]
LETTERS = st.text("abcdexyukKgGms.…'0123²° ABÉé中\n", min_size=1, max_size=8)


@settings(max_examples=300)
@given(patterns=st.lists(st.sampled_from(PATTERNS), min_size=1, max_size=6), text=LETTERS)
def test_patterns_that_are_left_out_could_not_have_matched(patterns, text):
    spans = [match.span() for match in re.finditer("|".join(patterns), text)]
    assert Infixes(patterns).spans(text) == spans
    for last in (False, True):
        joined = "|".join(f"{each}$" if last else f"^{each}" for each in patterns)
        expected = re.search(joined, text)
        search = AffixSearches(patterns, last=last)[text[-1] if last else text[0]]
        match = search and search(text)
        assert (match and match.span()) == (expected and expected.span())


def test_few_patterns_are_tried():
    tokenizer = spacy.blank("en")
    searches = AffixSearches([p for p in tokenizer.Defaults.suffixes if p], last=True)
    assert searches["e"] is None  # no English suffix ends so
    assert searches["m"].__self__.pattern.count("|") < searches["\n"].__self__.pattern.count("|")
    found = searches["m"]("10km")
    assert (found.span(), searches["."]("end.").span()) == ((2, 4), (3, 4))


def test_references_to_groups_keep_all_patterns():
    patterns = [r"(a)b", r"(c)\2"]
    search = AffixSearches(patterns, last=True)["c"]
    assert (
        search("xcc").span() == re.search("|".join(f"{each}$" for each in patterns), "xcc").span()
    )
