"""What `bundle.json` says of a saved model."""

import json
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import Field, ValidationError, model_validator

from ulmus.bundle.storage import Storage
from ulmus.errors import BundleError
from ulmus.files import check_is_file, read_json
from ulmus.inference.calibration import Calibration
from ulmus.models.awd_lstm import AwdLstmSettings
from ulmus.models.number_scale import NumberScale
from ulmus.models.text_classifier import ClassifierSettings
from ulmus.settings import Settings
from ulmus.text.targets import SEPARATOR, TargetKind

SCHEMA_VERSION = 1
MARKER = "bundle.json"
WEIGHTS = "model.safetensors"
PROCESSOR = "processor"
CARD = "README.md"
NGRAMS = "ngrams"
BACKWARD = "backward"

Kind = Literal["language-model", "text-classifier"]


class Manifest(Settings):
    """The facts about a saved model.

    Args:
        schema_version: Version of this layout; newer ones are refused.
        kind: What the model does.
        encoder: Size of the encoder.
        vocabulary_size: Rows of the embedding.
        classifier: How documents are read and judged; None for a language model.
        target: What a classifier says of a document: its class, its tags, or a number.
        separator: What stood between the tags of a label, and stands between those predicted.
        labels: Names of the classes or tags, in the order of the logits.
        number: How the head's output becomes a number; None unless that is the target.
        backward: Whether the model reads each document from its end.
        both_directions: Whether a classifier that reads the other way lies beside it.
        calibration: How a classifier's probabilities are made of the network's, and those of a
            linear model if there is one.
        ngrams_hash: SHA-256 of that model's files; None without one.
        processor_fingerprint: Hash of rules, tokenizer and vocabulary.
        weights_hash: SHA-256 of the weights file.
        storage: What the weights are rounded to in that file.
        metrics: Figures measured when it was made.
        provenance: Where it comes from: source, corpus, settings, versions.
    """

    schema_version: int = SCHEMA_VERSION
    kind: Kind
    encoder: AwdLstmSettings
    vocabulary_size: int = Field(ge=1)
    classifier: ClassifierSettings | None = None
    target: TargetKind = "class"
    separator: str = SEPARATOR
    labels: tuple[str, ...] = ()
    number: NumberScale | None = None
    backward: bool = False
    both_directions: bool = False
    calibration: Calibration = Calibration()
    ngrams_hash: str | None = None
    processor_fingerprint: str
    weights_hash: str
    storage: Storage = "fp32"
    metrics: dict[str, Any] = Field(default_factory=dict)
    provenance: dict[str, Any] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _classifier_is_described(self) -> Self:
        if self.kind != "text-classifier":
            return self
        fewest = {"class": 2, "tags": 1, "number": 0}[self.target]
        if self.classifier is None or len(self.labels) < fewest:
            raise ValueError(f"a classifier of this kind has settings and {fewest} labels or more")
        if (self.number is not None) != (self.target == "number"):
            raise ValueError("the scale of a number goes with that target and no other")
        return self

    @property
    def pretraining_tokens(self) -> int:
        """How many tokens a language model was pretrained on; 0 where that is not told."""
        told = self.provenance.get("pretraining_tokens")
        return told if isinstance(told, int) else 0

    @property
    def output_size(self) -> int:
        """How many values a classifier's head gives: one a class or tag, or the one number."""
        return 1 if self.target == "number" else len(self.labels)


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Write bundle.json into a folder."""
    text = json.dumps(manifest.model_dump(mode="json"), indent=2, ensure_ascii=False)
    (folder / MARKER).write_text(text + "\n", "utf-8")


def read_manifest(folder: Path) -> Manifest:
    """Read bundle.json.

    Raises:
        BundleError: The folder is no bundle, damaged, or of a newer schema.
    """
    try:
        facts = read_json(folder / MARKER)
        version = facts["schema_version"]
    except OSError:
        raise BundleError(
            "there is no bundle",
            given=folder,
            accepted=f"a folder that holds {MARKER}",
            remedy="Give the folder that --out named when the model was made",
        ) from None
    except (ValueError, KeyError, TypeError) as error:
        raise damaged(folder / MARKER, error) from None
    if not isinstance(version, int) or version > SCHEMA_VERSION:
        raise BundleError(
            "the bundle is of a newer schema",
            given=version,
            accepted=f"schema versions up to {SCHEMA_VERSION}",
            remedy="Install a newer ulmus",
        )
    try:
        return Manifest.model_validate(facts)
    except ValidationError as error:
        raise damaged(folder / MARKER, error) from None


def check_file(path: Path) -> None:
    """Refuse what is there but no file: a pipe or a device that would be read for ever.

    Raises:
        BundleError: It is such a thing, or a link that leads nowhere.
    """
    try:
        check_is_file(path)
    except ValueError as error:
        raise damaged(path, error) from None


def damaged(path: Path, error: Exception) -> BundleError:
    """Return the error for a file of a bundle that cannot be used."""
    reason = str(error).splitlines()[0] if str(error) else error.__class__.__name__
    return BundleError(
        f"the bundle is damaged ({reason})",
        given=path,
        accepted="the files as they were written",
        remedy="Copy the bundle again, or make it anew",
    )
