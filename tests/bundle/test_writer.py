import importlib.metadata
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import torch

from tests.bundle.saved_models import (
    LABELS,
    classifier,
    language_model,
    processor,
    same_weights,
)
from ulmus.bundle.reader import load
from ulmus.bundle.writer import language_model_bundle, write_bundle
from ulmus.files import hash_file


@pytest.fixture
def folder(tmp_path):
    write_bundle(tmp_path, language_model())
    return tmp_path


def test_a_bundle_holds_json_safetensors_and_text_only(folder):
    names = sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file())
    assert names == [
        "README.md",
        "bundle.json",
        "model.safetensors",
        "processor/processor.json",
        "processor/vocabulary.json",
    ]
    for path in folder.rglob("*.json"):
        assert isinstance(json.loads(path.read_text("utf-8")), dict)
    header_size = int.from_bytes((folder / "model.safetensors").read_bytes()[:8], "little")
    header = (folder / "model.safetensors").read_bytes()[8 : 8 + header_size]
    assert set(json.loads(header)) == set(language_model().model.state_dict())


def test_the_manifest_says_what_the_model_is(folder):
    facts = json.loads((folder / "bundle.json").read_text("utf-8"))
    made = datetime.fromisoformat(facts["provenance"].pop("made"))
    assert timedelta(0) <= datetime.now(UTC) - made < timedelta(minutes=10)
    assert facts == {
        "schema_version": 1,
        "kind": "language-model",
        "encoder": {
            "embedding_size": 12,
            "hidden_size": 16,
            "layer_count": 2,
            "bidirectional": False,
        },
        "vocabulary_size": len(processor().vocabulary),
        "classifier": None,
        "target": "class",
        "separator": ";",
        "labels": [],
        "number": None,
        "backward": False,
        "both_directions": False,
        "calibration": {"network": 1.0, "ngrams": 0.0},
        "ngrams_hash": None,
        "processor_fingerprint": processor().fingerprint,
        "weights_hash": hash_file(folder / "model.safetensors"),
        "storage": "fp32",
        "metrics": {"valid_perplexity": 12.5},
        "provenance": {
            "ulmus": importlib.metadata.version("ulmus"),
            "torch": torch.__version__,
            "source": "a few sentences",
            "pretraining_tokens": 7,
        },
    }


def test_a_classifier_says_how_it_reads_and_its_labels(tmp_path):
    write_bundle(tmp_path, classifier(backward=True))
    facts = json.loads((tmp_path / "bundle.json").read_text("utf-8"))
    assert facts["kind"] == "text-classifier"
    assert facts["labels"] == list(LABELS)
    assert facts["backward"] is True
    assert facts["classifier"] == {
        "sequence_length": 5,
        "max_length": 15,
        "head_size": 6,
        "head_dropout": 0.1,
    }


@pytest.mark.parametrize("make", [language_model, classifier])
def test_what_is_loaded_is_what_was_written(make, tmp_path):
    bundle = make()
    write_bundle(tmp_path, bundle)
    assert same_weights(tmp_path, bundle.model)
    loaded = load(tmp_path)
    assert same_weights(tmp_path, loaded.model)
    assert not loaded.model.training
    assert loaded.kind == bundle.kind
    assert loaded.processor.fingerprint == bundle.processor.fingerprint
    changed = {"weights_hash": hash_file(tmp_path / "model.safetensors")}
    assert loaded.manifest == bundle.manifest.with_(**changed)


def test_a_model_in_training_is_put_into_evaluation_mode():
    model = language_model().model.train()
    bundle = language_model_bundle(model, processor())
    assert not bundle.model.training


def test_the_companion_lies_beside_the_classifier_and_the_manifest_says_so(tmp_path):
    forward, backward = classifier(), classifier(1, backward=True)
    write_bundle(tmp_path, replace(forward, backward=backward))
    assert json.loads((tmp_path / "bundle.json").read_text("utf-8"))["both_directions"] is True
    assert same_weights(tmp_path / "backward", backward.model)
    loaded = load(tmp_path)
    assert loaded.backward.manifest.backward is True
    assert same_weights(tmp_path / "backward", loaded.backward.model)


def test_the_same_model_gives_the_same_bytes(tmp_path):
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        write_bundle(tmp_path / name, classifier())
    for path in ("model.safetensors", "processor/vocabulary.json", "processor/processor.json"):
        assert (tmp_path / "one" / path).read_bytes() == (tmp_path / "two" / path).read_bytes()
