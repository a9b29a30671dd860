import json
import sys
from dataclasses import replace

import numpy as np
import pytest
import torch

import ulmus
from tests.bundle.saved_models import (
    TEXTS,
    classifier,
    in_new_process,
    language_model,
    processor,
)
from ulmus.bundle.reader import load, load_classifier, load_language_model
from ulmus.bundle.writer import write_bundle
from ulmus.errors import BundleError, TokenizerError

USED_TEXTS = [*TEXTS, "", " \t", "unseen words", "a " * 200]
CLASSIFY = """
import json, sys, ulmus
bundle = ulmus.load(sys.argv[1])
texts = json.loads(sys.argv[2])
json.dump({
    "kind": bundle.kind,
    "labels": bundle.labels,
    "metrics": bundle.manifest.metrics,
    "probabilities": bundle.predict_proba(texts).tobytes().hex(),
    "predicted": bundle.predict(texts),
    "ids": [bundle.processor.encode(text).tolist() for text in texts],
}, sys.stdout)
"""
GENERATE = """
import json, sys, ulmus
bundles = [ulmus.load(path) for path in sys.argv[1:3]]
json.dump([{
    "kind": bundle.kind,
    "text": bundle.generate("The fox", max_tokens=30, temperature=0.8, seed=11),
    "perplexity": bundle.perplexity(json.loads(sys.argv[3])),
    "tokens": bundle.processor.tokens("The FOX"),
} for bundle in bundles], sys.stdout)
"""


def test_a_classifier_answers_alike_in_a_new_process(tmp_path):
    bundle = replace(classifier(), backward=classifier(1, backward=True))
    write_bundle(tmp_path, bundle)
    told = in_new_process(CLASSIFY, tmp_path, json.dumps(USED_TEXTS))
    assert told == {
        "kind": "text-classifier",
        "labels": list(bundle.labels),
        "metrics": {"valid_accuracy": 0.75},
        "probabilities": bundle.predict_proba(USED_TEXTS).tobytes().hex(),
        "predicted": bundle.predict(USED_TEXTS),
        "ids": [bundle.processor.encode(text).tolist() for text in USED_TEXTS],
    }


def test_language_models_answer_alike_in_a_new_process(tmp_path):
    bundles = [language_model(), language_model(backward=True)]
    folders = [tmp_path / "forward", tmp_path / "backward"]
    for folder, bundle in zip(folders, bundles, strict=True):
        folder.mkdir()
        write_bundle(folder, bundle)
    assert in_new_process(GENERATE, *folders, json.dumps(TEXTS)) == [
        {
            "kind": "language-model",
            "text": bundle.generate("The fox", max_tokens=30, temperature=0.8, seed=11),
            "perplexity": list(bundle.perplexity(TEXTS)),
            "tokens": ["xxbos", "xxmaj", "the", "xxup", "fox"],
        }
        for bundle in bundles
    ]


def test_paths_may_be_strings(tmp_path):
    write_bundle(tmp_path, classifier())
    assert isinstance(ulmus.load(str(tmp_path)), ulmus.TextClassifierBundle)


def test_loading_leaves_the_random_generator_alone(tmp_path):
    write_bundle(tmp_path, classifier())
    before = torch.get_rng_state()
    load(tmp_path)
    assert torch.equal(torch.get_rng_state(), before)


def test_another_kind_is_refused(tmp_path):
    for name, bundle in (("lm", language_model()), ("classifier", classifier())):
        (tmp_path / name).mkdir()
        write_bundle(tmp_path / name, bundle)
    with pytest.raises(
        BundleError,
        match=r"lm' is of another kind: 'language-model'; accepted: text-classifier. Give a ",
    ):
        load_classifier(tmp_path / "lm")
    with pytest.raises(
        BundleError, match=r"of another kind: 'text-classifier'; accepted: language-model. Give a "
    ):
        load_language_model(tmp_path / "classifier")
    assert load_classifier(tmp_path / "classifier").kind == "text-classifier"
    assert load_language_model(tmp_path / "lm").kind == "language-model"


FUNCTION = """
from pathlib import Path
Path(__file__).with_name("imported").write_text("")
def pairs(text):
    return text.split()
"""


@pytest.fixture
def named_function(tmp_path, monkeypatch):
    """A function tokenizer in a module whose import leaves a trace, saved and then forgotten."""
    (tmp_path / "pair_module_of_tests.py").write_text(FUNCTION)
    monkeypatch.syspath_prepend(tmp_path)
    import pair_module_of_tests

    folder = tmp_path / "bundle"
    folder.mkdir()
    reader = processor(tokenizer=pair_module_of_tests.pairs)
    write_bundle(folder, language_model(reader=reader))
    (tmp_path / "imported").unlink()
    yield folder
    sys.modules.pop("pair_module_of_tests", None)


def test_a_stored_function_is_never_imported_and_has_to_be_handed_in(named_function):
    function = sys.modules.pop("pair_module_of_tests").pairs
    with pytest.raises(TokenizerError, match="function:pair_module_of_tests:pairs"):
        load(named_function)
    assert "pair_module_of_tests" not in sys.modules
    assert not (named_function.parent / "imported").exists()
    bundle = load(named_function, tokenizer=function)
    assert bundle.processor.tokens("the fox") == ["xxbos", "the", "fox"]
    assert not (named_function.parent / "imported").exists()


def test_a_name_that_is_handed_in_is_imported(named_function):
    sys.modules.pop("pair_module_of_tests")
    bundle = load_language_model(named_function, tokenizer="function:pair_module_of_tests:pairs")
    assert bundle.processor.tokens("the fox") == ["xxbos", "the", "fox"]
    assert (named_function.parent / "imported").exists()


def test_another_function_is_refused(named_function):
    with pytest.raises(TokenizerError, match="function:pair_module_of_tests:pairs"):
        load(named_function, tokenizer=str.split)


def test_a_tokenizer_that_is_no_function_may_be_named_but_not_changed(tmp_path):
    write_bundle(tmp_path, classifier())
    expected = load(tmp_path).predict_proba(TEXTS)
    named = load(tmp_path, tokenizer="words:en").predict_proba(TEXTS)
    assert np.array_equal(named, expected)
    with pytest.raises(TokenizerError, match="made with another tokenizer: 'characters'"):
        load(tmp_path, tokenizer="characters")
