import pytest

from ulmus.errors import TokenizerError
from ulmus.text.tokenizers import (
    CharacterTokenizer,
    SegmentedWordTokenizer,
    WordTokenizer,
    build_tokenizer,
    default_rules,
    load_tokenizer,
)

TEXTS = ["the time machine was the first of its kind"] * 3


def test_each_kind_is_built_from_its_spec():
    assert build_tokenizer("characters") == CharacterTokenizer()
    assert build_tokenizer("words:de") == WordTokenizer("de")
    assert build_tokenizer("words:zh") == SegmentedWordTokenizer("zh")
    assert build_tokenizer("subwords:40:bpe", lambda: TEXTS).spec == "subwords:40:bpe"
    assert build_tokenizer("function:shlex:split").tokens("a b") == ["a", "b"]
    assert build_tokenizer(str.split).spec == "function:builtins:str.split"


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ("word:en", "unknown tokenizer: 'word:en'; accepted: words:LANG, .*Choose one"),
        ("words", "unknown tokenizer: 'words'; accepted: words:LANG, .*Write words:en"),
        ("words:", "unknown tokenizer: 'words:'; .*Write words:en"),
        ("characters:", "unknown tokenizer"),
        ("", "unknown tokenizer"),
        ("subwords:100", "trained, and there is no text: 'subwords:100'; .*Pass the corpus"),
    ],
)
def test_specs_of_nothing(spec, message):
    with pytest.raises(TokenizerError, match=message):
        build_tokenizer(spec)


def test_loaded_from_a_description(tmp_path):
    subwords = build_tokenizer("subwords:40", lambda: TEXTS)
    subwords.save(tmp_path)
    segmented = SegmentedWordTokenizer("ja")
    for tokenizer in (CharacterTokenizer(), WordTokenizer("xx"), segmented, subwords):
        assert load_tokenizer(tokenizer.description(), tmp_path) == tokenizer
        assert load_tokenizer(tokenizer.description(), tmp_path, tokenizer.spec) == tokenizer


@pytest.mark.parametrize("given", ["words:de", str.split])
def test_another_than_the_stored_one_is_refused(given, tmp_path):
    with pytest.raises(TokenizerError, match=r"another tokenizer: .*accepted: words:en. Leave"):
        load_tokenizer({"spec": "words:en"}, tmp_path, given)


def test_rules_unless_asked_for_others():
    assert default_rules("characters") == "none"
    assert default_rules(CharacterTokenizer()) == "none"
    assert default_rules("words:en") == "fastai"
    assert default_rules("words:th") == "fastai"
    assert default_rules("subwords:800") == "fastai"
    assert default_rules(str.split) == "fastai"
