"""The language that `UlmfitClassifier` may be told."""

import sys

import pytest
from sklearn.base import clone

from tests.languages.extras import skip_without_extra
from tests.recipes.small_world import quick_world
from tests.test_estimators import LABELS, TEXTS, estimator
from ulmus.errors import TokenizerError, UlmusWarning
from ulmus.estimators import UlmfitClassifier


@pytest.fixture(scope="module", autouse=True)
def small_world():
    with quick_world():
        yield


def by_spaces(text):
    return text.split()


@pytest.mark.parametrize(
    ("given", "spec", "rules"),
    [
        ({}, "words:en", "fastai"),
        ({"language": "de"}, "words:de", "unicode"),
        ({"language": "th"}, "words:th", "thai2fit"),
        ({"language": "th", "tokenizer": "characters"}, "characters", "none"),
        ({"language": "th", "tokenizer": by_spaces}, f"function:{__name__}:by_spaces", "thai2fit"),
        ({"language": "th", "settings": {"prepare.rules": "none"}}, "words:th", "none"),
        (
            {"language": "th", "settings": {"prepare.tokenizer": "characters"}},
            "characters",
            "none",
        ),
        (
            {"language": "th", "settings": {"prepare": {"tokenizer": "words:xx"}}},
            "words:xx",
            "unicode",
        ),
    ],
)
def test_rules_and_tokenizer_of_a_language(given, spec, rules):
    skip_without_extra(spec)
    settings = {**estimator().settings, **given.get("settings", {})}
    told = {**given, "epochs": 1, "settings": settings}
    made = clone(estimator(**told)).fit(TEXTS, LABELS)
    processor = made.bundle_.processor
    assert (processor.tokenizer.spec, processor.rules.name) == (spec, rules)


def test_subwords_where_the_extra_is_missing(monkeypatch):
    monkeypatch.setitem(sys.modules, "rjieba", None)
    with pytest.warns(UlmusWarning, match=r"Chinese is cut into subwords, .*\"ulmus\[chinese\]\""):
        made = estimator(epochs=1, language="zh").fit(TEXTS, LABELS)
    assert made.bundle_.processor.tokenizer.spec == "subwords:15000:language=zh:space=<_>"


def test_a_language_beside_a_language_model_is_refused(tmp_path):
    message = "a language with a language model, .*'th'; accepted: one of the two. Leave language"
    with pytest.raises(TokenizerError, match=message):
        UlmfitClassifier(language="th", language_model=tmp_path).fit(TEXTS, LABELS)


def test_an_unknown_language_is_refused():
    with pytest.raises(TokenizerError, match="no preset for this language: 'fr'"):
        estimator(language="fr").fit(TEXTS, LABELS)
