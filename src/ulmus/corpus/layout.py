"""What lies in a corpus folder: file names, and the manifest `corpus.json`."""

import json
from pathlib import Path
from typing import Any, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, field_validator, model_validator

from ulmus.errors import CorpusError
from ulmus.files import read_json
from ulmus.settings import Settings
from ulmus.text.targets import SEPARATOR, TargetKind

SCHEMA_VERSION = 1
MANIFEST = "corpus.json"
PROCESSOR = "processor"
TRAIN, VALID, TEST = "train", "valid", "test"
SPLITS = (TRAIN, VALID, TEST)

TokenIds = NDArray[np.unsignedinteger[Any]]
IdType = type[np.uint16] | type[np.uint32]


class TargetForm(NamedTuple):
    """What the label column of a corpus holds.

    Attributes:
        kind: What a label is.
        label_count: How many classes or tags there are; 0 for numbers.
    """

    kind: TargetKind
    label_count: int


class SplitCounts(Settings):
    """How much one split holds.

    Attributes:
        documents: Documents.
        tokens: Tokens, special tokens included.
        characters: Characters of the documents' text before any rule.
        unknown_tokens: Tokens that are not in the vocabulary.
    """

    documents: int
    tokens: int
    characters: int
    unknown_tokens: int


class CorpusManifest(Settings):
    """The content of `corpus.json`.

    Attributes:
        schema_version: The version of this layout.
        fingerprint: A hash of ids, targets, rules, tokenizer and vocabulary.
        vocabulary_fingerprint: The fingerprint of the vocabulary that the ids belong to.
        splits: Counts by split name.
        target: What a label is; None without labels.
        separator: What stood between the tags of a label.
        labels: The names of the classes or tags in the order of their ids.
        provenance: What the writer's caller wished to remember of the sources.
    """

    schema_version: int = SCHEMA_VERSION
    fingerprint: str
    vocabulary_fingerprint: str
    splits: dict[str, SplitCounts]
    target: TargetKind | None = None
    separator: str = SEPARATOR
    labels: tuple[str, ...] = ()
    provenance: dict[str, Any] = Field(default_factory=dict)

    @field_validator("splits")
    @classmethod
    def _splits_are_known(cls, splits: dict[str, SplitCounts]) -> dict[str, SplitCounts]:
        # A name is part of a path.
        if not splits.keys() <= set(SPLITS):
            raise ValueError(f"splits are {', '.join(SPLITS)}")
        return splits

    @model_validator(mode="before")
    @classmethod
    def _labels_were_classes(cls, facts: Any) -> Any:
        # Before there were other targets, labels alone told.
        if isinstance(facts, dict) and facts.get("labels") and "target" not in facts:
            return {**facts, "target": "class"}
        return facts

    @property
    def form(self) -> TargetForm | None:
        """What the label column holds; None without one."""
        return None if self.target is None else TargetForm(self.target, len(self.labels))

    def save(self, folder: Path) -> None:
        """Write `corpus.json` into a folder."""
        text = json.dumps(self.model_dump(), indent=2, ensure_ascii=False)
        (folder / MANIFEST).write_text(text + "\n", "utf-8", newline="\n")

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read `corpus.json` from a folder.

        Args:
            folder: A corpus folder.

        Returns:
            The manifest.

        Raises:
            CorpusError: It is missing, damaged, or of a newer schema.
        """
        if not (folder / MANIFEST).is_file():
            raise CorpusError(
                "no corpus here",
                given=folder,
                accepted=f"a folder that holds {MANIFEST}",
                remedy="Make one with 'ulmus prepare SOURCE --out CORPUS'",
            )
        try:
            content = read_json(folder / MANIFEST)
            _check_schema(folder, content["schema_version"])
            return cls.model_validate(content)
        except (OSError, ValueError, TypeError, KeyError):
            raise damaged(folder / MANIFEST, "it is not a corpus manifest") from None


def arrow_path(folder: Path, split: str) -> Path:
    """Return where the ids of a split lie."""
    return folder / f"{split}.arrow"


def id_type(vocabulary_size: int) -> IdType:
    """Return the narrower integer type that holds every id of a vocabulary."""
    return np.uint16 if vocabulary_size <= 2**16 else np.uint32


def damaged(path: Path, reason: str) -> CorpusError:
    """Return the error for a file of a corpus that cannot be used.

    Args:
        path: The file.
        reason: What was found, without a full stop.

    Returns:
        The error, to be raised.
    """
    return CorpusError(
        f"a damaged corpus ({reason})",
        given=path,
        accepted="the files just as 'ulmus prepare' wrote them",
        remedy="Make the corpus anew",
    )


def _check_schema(folder: Path, version: int) -> None:
    if version > SCHEMA_VERSION:
        raise CorpusError(
            "a corpus of a newer schema",
            given=f"{folder}: schema {version}",
            accepted=f"schema {SCHEMA_VERSION} and older",
            remedy="Upgrade ulmus, or make the corpus anew with this version",
        )
