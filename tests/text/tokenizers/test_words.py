import pickle
import re
import subprocess
import sys
import time

import pytest
import spacy

from ulmus.errors import MissingExtraError, TokenizerError
from ulmus.text import rule_set
from ulmus.text.special_tokens import SPECIAL_TOKENS
from ulmus.text.tokenizers import WordTokenizer, words


@pytest.fixture(scope="module")
def english():
    return WordTokenizer("en")


def test_the_dollar_example(english):
    text = rule_set("fastai").apply("The U.S. dollar $1 is $1.00.")
    assert " ".join(english.tokens(text)) == ("xxbos xxmaj the xxup u.s . dollar $ 1 is $ 1.00 .")


def test_contractions_and_white_space(english):
    assert english.tokens("don't  go\nwell-known") == [
        *["do", "n't", " ", "go", "\n", "well", "-", "known"]
    ]
    assert english.tokens("") == []


def test_special_tokens_are_whole(english):
    text = " ".join(SPECIAL_TOKENS)
    assert english.tokens(text) == list(SPECIAL_TOKENS)
    assert english.tokens("(xxbos)") == ["(", "xxbos", ")"]


@pytest.mark.parametrize("language", ["en", "xx", "fr", "ar"])
def test_tokens_are_those_of_spacy_with_special_cases(language):
    special_cased = spacy.blank(language).tokenizer
    for token in SPECIAL_TOKENS:
        special_cased.add_special_case(token, [{"ORTH": token}])
    tokenizer = WordTokenizer(language)
    for text in [
        *(
            f"{a}{token}{b} c"
            for token in SPECIAL_TOKENS
            for a in ("", "(", "3", "-", "x")
            for b in ("", ".", "'s", "3", "km", "-x", "!)", "...")
        ),
        "xxbos xxmaj don't stop (u.s . or l'homme) 10km, 3.5% xxrep 3 ! :-) e.g. xxup z.b . д-р",
        "xxbos it 's \n \t two  spaces \u3000 end ",
    ]:
        assert tokenizer.tokens(text) == [token.text for token in special_cased(text)]


def test_a_language_that_tore_special_tokens_would_get_special_cases():
    tokenizer = spacy.blank("xx").tokenizer
    tokenizer.infix_finditer = re.compile("(?<=xx)(?=bos)|(?<=p)(?=ad)").finditer
    assert [token.text for token in tokenizer("xxbos")] != ["xxbos"]
    words._keep_specials_whole(tokenizer)
    text = " ".join(SPECIAL_TOKENS)
    assert [token.text for token in tokenizer(text)] == list(SPECIAL_TOKENS)
    assert len(tokenizer.rules) == len(spacy.blank("xx").tokenizer.rules) + 2


@pytest.mark.parametrize("language", ["xx", "de", "ar", "hi"])
def test_other_languages(language):
    tokenizer = WordTokenizer(language)
    assert tokenizer.tokens("xxbos eins, zwei") == ["xxbos", "eins", ",", "zwei"]
    assert tokenizer.spec == f"words:{language}"


def test_a_language_that_needs_another_package(monkeypatch):
    monkeypatch.setitem(sys.modules, "natto", None)
    with pytest.raises(MissingExtraError, match=r"'ko'. Run: pip install natto-py"):
        WordTokenizer("ko")


@pytest.mark.parametrize("language", ["ja", "th", "vi", "zh"])
def test_languages_with_segmenters_of_their_own_are_not_spacy_s(language):
    message = f"a segmenter of its own, .*'{language}'; .*Use build_tokenizer.'words:{language}'"
    with pytest.raises(TokenizerError, match=message):
        WordTokenizer(language)


@pytest.mark.parametrize("language", ["qq", "english", "EN", "punctuation", "..os", "", "e n"])
def test_an_unknown_language(language):
    with pytest.raises(TokenizerError, match=r"no such language: .*accepted: a language code"):
        WordTokenizer(language)


def test_pickled_by_its_language(english):
    data = pickle.dumps(english)
    assert len(data) < 200
    assert pickle.loads(data) == english
    assert english != WordTokenizer("de")
    assert len({english, pickle.loads(data)}) == 1


def test_a_long_piece_without_spaces_takes_linear_time(english):
    start = time.perf_counter()
    tokens = english.tokens("()" * 10_000)
    assert time.perf_counter() - start < 10  # 0.2 s; whole, it took 36 s
    assert "".join(tokens) == "()" * 10_000


def test_pieces_are_cut_only_when_very_long(english):
    assert english.tokens("a" * 256 + " b") == ["a" * 256, "b"]
    assert english.tokens("a" * 257) == ["a" * 256, "a"]
    assert english.tokens("a b " * 200) == ["a", "b"] * 200


def test_spacy_starts_afresh_when_it_remembers_too_much(monkeypatch):
    tokenizer = WordTokenizer("xx")
    before = tokenizer._nlp
    assert tokenizer.tokens("one two") == ["one", "two"]
    assert tokenizer._nlp is before
    monkeypatch.setattr(words, "MOST_STRINGS", 1)
    assert tokenizer.tokens("one two") == ["one", "two"]
    assert tokenizer._nlp is not before


def test_nothing_but_the_name_is_stored(english, tmp_path):
    english.save(tmp_path)
    assert list(tmp_path.iterdir()) == []
    assert english.description() == {"spec": "words:en"}
    assert english.pieces() is None
    assert english.word_end(["a", "b"], 0) == 1
    assert english.is_space("▁")


@pytest.mark.parametrize("alone", [True, False])
def test_spacy_comes_with_the_first_text_and_without_torch_if_it_is_alone(alone):
    code = f"""
import sys
from ulmus.text.splitter import build_splitter
splitter = build_splitter("words:en")
assert "spacy" not in sys.modules
if {alone}:
    splitter.load_alone()
    assert "spacy" in sys.modules
    assert "torch" not in sys.modules
assert splitter.tokens("It's") == ["xxbos", "xxmaj", "it", "'s"]
import torch
assert splitter.tokenizer.tokens("It's") == ["It", "'s"]
"""
    result = subprocess.run(
        [sys.executable, "-c", code], check=False, capture_output=True, text=True
    )
    assert (result.returncode, result.stderr) == (0, "")


def test_torch_that_is_there_already_stays():
    torch = pytest.importorskip("torch")
    tokenizer = WordTokenizer("xx")
    tokenizer.load_alone()
    assert sys.modules["torch"] is torch
    assert tokenizer.tokens("a b") == ["a", "b"]


def test_pairs_of_tokens_that_belong_together(english):
    pairs = english.inseparable()
    assert {(":", ")"), ("a.m", "."), ("a.m.", ")"), ("it", "'s")} <= pairs
    assert not any("xxmaj" in pair or "xxup" in pair for pair in pairs)
    # What spaCy finds across a space keeps it from what it would find without.
    assert english.tokens("a:)") == ["a", ":)"]
    assert english.tokens("a:) )") == ["a", ":", ")", ")"]
