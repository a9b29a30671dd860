"""Small untrained models with their processors, and what a new process makes of them."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file

from ulmus.bundle.language_model import LanguageModelBundle
from ulmus.bundle.text_classifier import TextClassifierBundle
from ulmus.bundle.writer import classifier_bundle, language_model_bundle
from ulmus.files import hash_file
from ulmus.models.awd_lstm import AwdLstmSettings
from ulmus.models.language_model import build_language_model
from ulmus.models.text_classifier import ClassifierSettings, build_text_classifier
from ulmus.text.processor import TextProcessor

SIZE = AwdLstmSettings(embedding_size=12, hidden_size=16, layer_count=2)
LABELS = ("blue", "green", "red")
TEXTS = [
    "The sky is BLUE and the sea is blue.",
    "Grass is green, so is the tree!",
    "a red rose, a red house, a red fox",
    "the fox is in the house by the sea",
    "Höhe, Tür und Straße",
]


def processor(**options: Any) -> TextProcessor:
    """Return a processor that knows the words of TEXTS."""
    return TextProcessor.build(TEXTS, **{"min_freq": 1, **options})


def scattered(model: torch.nn.Module) -> None:
    """Give a model large weights, so that its answers differ from text to text."""
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.normal_(0, 0.7)


def language_model(
    seed: int = 0, *, backward: bool = False, reader: TextProcessor | None = None
) -> LanguageModelBundle:
    """Return an untrained language model that answers differently to different texts."""
    torch.manual_seed(seed)
    reader = reader or processor()
    model = build_language_model(SIZE, len(reader.vocabulary))
    scattered(model)
    return language_model_bundle(
        model,
        reader,
        backward=backward,
        metrics={"valid_perplexity": 12.5},
        provenance={"source": "a few sentences", "pretraining_tokens": 7},
    )


def classifier(
    seed: int = 0,
    *,
    backward: bool = False,
    labels: tuple[str, ...] = LABELS,
    reader: TextProcessor | None = None,
) -> TextClassifierBundle:
    """Return an untrained classifier that reads in short chunks."""
    torch.manual_seed(seed)
    reader = reader or processor()
    reading = ClassifierSettings(sequence_length=5, max_length=15, head_size=6)
    model = build_text_classifier(SIZE, len(reader.vocabulary), len(labels), settings=reading)
    scattered(model)
    return classifier_bundle(
        model, reader, labels, backward=backward, metrics={"valid_accuracy": 0.75}
    )


def in_new_process(code: str, *arguments: str | Path) -> Any:
    """Run Python code, which finds `arguments` in sys.argv, and return the JSON it writes."""
    command = [sys.executable, "-W", "error", "-c", code, *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def change_manifest(folder: Path, change: Callable[[dict[str, Any]], object]) -> None:
    """Rewrite bundle.json after a change."""
    path = folder / "bundle.json"
    facts = json.loads(path.read_text("utf-8"))
    change(facts)
    path.write_text(json.dumps(facts), "utf-8")


def rehash(folder: Path) -> None:
    """Write the hash of the weights that are there into the manifest."""
    found = hash_file(folder / "model.safetensors")
    change_manifest(folder, lambda facts: facts.update(weights_hash=found))


def same_weights(folder: Path, model: torch.nn.Module) -> bool:
    """Tell whether a bundle's weights are a model's, bit by bit."""
    stored, held = load_file(folder / "model.safetensors"), model.state_dict()
    return stored.keys() == held.keys() and all(
        stored[name].dtype == held[name].dtype and torch.equal(stored[name], held[name])
        for name in held
    )
