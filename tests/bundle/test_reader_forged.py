"""Bundles whose hashes are right, and whose weights and subword models are not."""

import hashlib
import json

import pytest
import torch
from safetensors.torch import load_file, save_file

from tests.bundle.saved_models import (
    LABELS,
    change_manifest,
    classifier,
    language_model,
    processor,
    rehash,
)
from ulmus.bundle.reader import load
from ulmus.bundle.writer import write_bundle
from ulmus.errors import BundleError
from ulmus.text.processor import TextProcessor
from ulmus.text.vocabulary import Vocabulary

WEIGHTS = "model.safetensors"


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
def test_weights_that_are_no_numbers(value, tmp_path):
    write_bundle(tmp_path, classifier())
    weights = load_file(tmp_path / WEIGHTS)
    weights["encoder.embedding"][3, 2] = value
    save_file(weights, tmp_path / WEIGHTS)
    rehash(tmp_path)
    with pytest.raises(BundleError, match=r"is damaged \(a weight is no finite number\): '"):
        load(tmp_path)


@pytest.mark.parametrize("how", [{"temperature": 0.0}, {"seed": 1}, {"beams": 2}])
def test_weights_beyond_all_measure_generate_nothing(how, tmp_path):
    write_bundle(tmp_path, language_model())
    weights = load_file(tmp_path / WEIGHTS)
    save_file({name: torch.full_like(w, 3e38) for name, w in weights.items()}, tmp_path / WEIGHTS)
    rehash(tmp_path)
    with pytest.raises(
        BundleError, match=r"^the model's answer is no number: .*did not diverge\.$"
    ):
        load(tmp_path).generate("the sky", max_tokens=3, **how)


@pytest.mark.parametrize("content", [b"", b"no model", b"\n\x05\n\x01a\x15\x00"])
def test_a_subword_model_that_is_none_though_its_hash_is_right(content, tmp_path):
    write_bundle(tmp_path, language_model(reader=processor(tokenizer="subwords:40")))
    (tmp_path / "processor/subwords.model").write_bytes(content)
    path = tmp_path / "processor/processor.json"
    facts = json.loads(path.read_text("utf-8"))
    facts["tokenizer"]["model"] = hashlib.sha256(content).hexdigest()
    path.write_text(json.dumps(facts), "utf-8")
    with pytest.raises(
        BundleError, match=r"the subword model is missing or damaged: .*again, whole"
    ):
        load(tmp_path)


@pytest.mark.parametrize("tokens", [47, 49])
def test_a_vocabulary_of_another_size_though_its_fingerprint_is_right(tokens, tmp_path):
    write_bundle(tmp_path, language_model(reader=processor(tokenizer="characters")))
    folder = tmp_path / "processor"
    known = Vocabulary.load(folder).tokens
    assert len(known) == 48
    forged = Vocabulary([*known, "another"][:tokens])
    forged.save(folder)
    facts = json.loads((folder / "processor.json").read_text("utf-8"))
    facts["vocabulary"] = forged.fingerprint
    (folder / "processor.json").write_text(json.dumps(facts), "utf-8")
    fingerprint = TextProcessor.load(folder).fingerprint
    change_manifest(tmp_path, lambda facts: facts.update(processor_fingerprint=fingerprint))
    with pytest.raises(BundleError, match=r"damaged \(the model knows another number of tokens\)"):
        load(tmp_path)


@pytest.mark.parametrize("told", ["many", [1], None, 1.5, {}])
def test_a_count_of_pretraining_tokens_that_is_none(told, tmp_path):
    write_bundle(tmp_path, language_model())
    assert load(tmp_path).manifest.pretraining_tokens == 7
    change_manifest(tmp_path, lambda facts: facts["provenance"].update(pretraining_tokens=told))
    assert load(tmp_path).manifest.pretraining_tokens == 0


@pytest.mark.parametrize("name", ["max_length", "sequence_length"])
def test_lengths_that_no_document_has(name, tmp_path):
    write_bundle(tmp_path, classifier())
    longest = {"max_length": 1 << 40, "sequence_length": 1 << 40}
    change_manifest(tmp_path, lambda facts: facts["classifier"].update(longest))
    assert load(tmp_path).predict(["the sky"])[0] in LABELS
    change_manifest(tmp_path, lambda facts: facts["classifier"].update({name: 10**30}))
    with pytest.raises(BundleError, match=r"is damaged .1 validation error for Manifest"):
        load(tmp_path)
