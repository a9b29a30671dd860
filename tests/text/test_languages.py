import sys
import warnings

import pytest

from tests.languages.extras import skip_without_extra
from ulmus.errors import TokenizerError, UlmusWarning
from ulmus.text.languages import PRESETS, language_preset, language_settings
from ulmus.text.rules import rule_set
from ulmus.text.tokenizers.segmenters import SEGMENTERS


@pytest.mark.parametrize(
    ("code", "tokenizer", "rules"),
    [
        ("de", "words:de", "unicode"),
        ("en", "words:en", "fastai"),
        ("ja", "words:ja", "unicode"),
        ("th", "words:th", "thai2fit"),
        ("vi", "words:vi", "unicode"),
        ("zh", "words:zh", "unicode"),
    ],
)
def test_what_suits_a_language(code, tokenizer, rules):
    skip_without_extra(f"words:{code}")
    assert language_settings(code) == {"tokenizer": tokenizer, "rules": rules}
    assert language_preset(code).tokenizer == tokenizer


def test_every_rule_set_of_a_preset_is_known():
    assert list(PRESETS) == sorted(PRESETS)
    for preset in PRESETS.values():
        rule_set(preset.rules)
        rule_set(preset.word_rules or "none")


@pytest.mark.parametrize(
    ("code", "given", "expected"),
    [
        ("th", {"tokenizer": "characters"}, ("characters", "none")),
        ("th", {"tokenizer": "subwords:800"}, ("subwords:800", "unicode")),
        ("th", {"tokenizer": "words:xx"}, ("words:xx", "unicode")),
        ("th", {"tokenizer": "function:a:b"}, ("function:a:b", "thai2fit")),
        ("th", {"tokenizer": "words:xx", "rules": "none"}, ("words:xx", "none")),
        ("en", {"tokenizer": "subwords"}, ("subwords", "fastai")),
        ("de", {"rules": "fastai"}, ("words:de", "fastai")),
    ],
)
def test_what_is_asked_for_wins_and_rules_follow_the_tokenizer(code, given, expected):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        settings = language_settings(code, **given)
    assert (settings["tokenizer"], settings["rules"]) == expected


@pytest.mark.parametrize(
    ("code", "name", "extra", "fallback"),
    [
        ("ja", "Japanese", "japanese", "subwords:15000:language=ja:space=<_>"),
        ("th", "Thai", "thai", "subwords:15000:language=th:space=<_>"),
        ("vi", "Vietnamese", "vietnamese", "subwords:15000:language=vi"),
        ("zh", "Chinese", "chinese", "subwords:15000:language=zh:space=<_>"),
    ],
)
def test_subwords_where_the_extra_is_missing(code, name, extra, fallback, monkeypatch):
    monkeypatch.setitem(sys.modules, SEGMENTERS[code].modules[-1], None)
    message = rf"{name} is cut into subwords, .*pip install \"ulmus\[{extra}\]\""
    with pytest.warns(UlmusWarning, match=message):
        assert language_settings(code) == {"tokenizer": fallback, "rules": "unicode"}
    with pytest.warns(UlmusWarning, match=message):
        settings = language_settings(code, rules="none")
    assert settings == {"tokenizer": fallback, "rules": "none"}


@pytest.mark.parametrize("code", ["fr", "TH", "thai", ""])
def test_a_language_without_a_preset(code):
    message = (
        f"no preset for this language: '{code}'; accepted: de .German., en .*, zh .Chinese.. "
        ".*write --tokenizer words:CODE"
    )
    with pytest.raises(TokenizerError, match=message):
        language_settings(code)
