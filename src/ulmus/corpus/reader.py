"""Reading a corpus: memory-mapped, so that opening costs little and batches cost no copy."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ulmus.corpus.arrow_file import map_documents
from ulmus.corpus.layout import (
    PROCESSOR,
    CorpusManifest,
    IdType,
    SplitCounts,
    TargetForm,
    TokenIds,
    arrow_path,
    damaged,
    id_type,
)
from ulmus.errors import BundleError, CorpusError
from ulmus.text.processor import TextProcessor
from ulmus.text.splitter import TextSplitter
from ulmus.text.targets import TargetKind
from ulmus.text.tokenizers import Function
from ulmus.text.vocabulary import Vocabulary

SHOWN_DIGITS = 12


@dataclass(frozen=True, eq=False)
class Split:
    """The documents of one split, memory-mapped.

    Attributes:
        name: "train", "valid" or "test".
        document_count: Documents.
        token_count: Tokens, special tokens included.
        character_count: Characters of the documents' text before any rule.
        unknown_count: Tokens that are not in the vocabulary.
        ids: A flat view over the mapped file; what lies between `starts` and `ends` are ids.
        starts: For each document the index of its first id in `ids`.
        ends: For each document the index behind its last id.
        targets: For each document the id of its class, (N,) int64; or which tags it has, (N, C)
            bool; or its number, (N,) float64. None without labels.
    """

    name: str
    document_count: int
    token_count: int
    character_count: int
    unknown_count: int
    ids: TokenIds
    starts: NDArray[np.int64]
    ends: NDArray[np.int64]
    targets: NDArray[Any] | None

    def document(self, index: int) -> TokenIds:
        """Return the ids of one document, a view without a copy."""
        return self.ids[self.starts[index] : self.ends[index]]

    def counts(self, vocabulary_size: int) -> NDArray[np.int64]:
        """Return how often each token occurs, (V,)."""
        found = np.zeros(vocabulary_size, np.int64)
        # Documents follow each other but for a gap behind each block of the file.
        gaps = np.flatnonzero(self.starts[1:] != self.ends[:-1]) + 1
        for first, behind in pairwise([0, *gaps.tolist(), self.document_count]):
            if behind > first:
                ids = self.ids[self.starts[first] : self.ends[behind - 1]]
                found += np.bincount(ids, minlength=vocabulary_size)
        return found


@dataclass(frozen=True, eq=False)
class Corpus:
    """An open corpus folder.

    Attributes:
        folder: Where it lies.
        processor: Rules, tokenizer and vocabulary it was made with.
        target: What a label is; None without labels.
        separator: What stood between the tags of a label.
        labels: The names of the classes or tags in the order of their ids.
        fingerprint: A hash of ids, targets, rules, tokenizer and vocabulary.
        splits: The splits by name.
        provenance: What is remembered of the sources.
    """

    folder: Path
    processor: TextProcessor
    target: TargetKind | None
    separator: str
    labels: tuple[str, ...]
    fingerprint: str
    splits: Mapping[str, Split]
    provenance: Mapping[str, Any]

    @property
    def vocabulary(self) -> Vocabulary:
        """The vocabulary that the ids belong to."""
        return self.processor.vocabulary

    def split(self, name: str) -> Split:
        """Return a split by name.

        Args:
            name: "train", "valid" or "test".

        Returns:
            The split.

        Raises:
            CorpusError: The corpus has no such split.
        """
        if name not in self.splits:
            raise CorpusError(
                f"the corpus {self.folder} has no such split",
                given=name,
                accepted=", ".join(self.splits),
                remedy="Name one of those, or make the corpus anew with that split",
            )
        return self.splits[name]

    def require_vocabulary(self, vocabulary: Vocabulary) -> None:
        """Refuse to serve a model that reads ids by another vocabulary.

        Args:
            vocabulary: The model's vocabulary.

        Raises:
            CorpusError: The corpus was made with another vocabulary.
        """
        own, other = self.vocabulary.fingerprint, vocabulary.fingerprint
        if own != other:
            raise CorpusError(
                f"the corpus {self.folder} was made with another vocabulary than the model",
                given=f"{own[:SHOWN_DIGITS]}… ({len(self.vocabulary)} tokens)",
                accepted=f"{other[:SHOWN_DIGITS]}… ({len(vocabulary)} tokens)",
                remedy="Make the corpus anew with the model's vocabulary, or give the source",
            )

    def require_splitter(self, splitter: TextSplitter) -> None:
        """Refuse to teach a model text that is split otherwise than what it has learned.

        Args:
            splitter: The model's rules and tokenizer.

        Raises:
            CorpusError: The corpus was made with other rules or another tokenizer.
        """
        own, other = self.processor.splitter, splitter
        if own.description() != other.description():
            raise CorpusError(
                f"the corpus {self.folder} was split otherwise than the model's text",
                given=f"{own.tokenizer.spec} with the rules {own.rules.name}",
                accepted=f"{other.tokenizer.spec} with the rules {other.rules.name}, "
                "trained on the same text where it is trained",
                remedy="Give the source itself, which is then split as the model wants it",
            )


def open_corpus(folder: Path, tokenizer: str | Function | None = None) -> Corpus:
    """Open a corpus folder.

    Args:
        folder: What `write_corpus` wrote.
        tokenizer: The function, or `function:pkg.module:name`, if it was made with one.

    Returns:
        The corpus; its ids stay on disk until they are used.

    Raises:
        CorpusError: The folder is missing, damaged, of a newer schema, or holds another
            vocabulary than the ids were made with.
        TokenizerError: A tokenizer function is needed, or not the one handed in.
    """
    manifest = CorpusManifest.load(folder)
    try:
        processor = TextProcessor.load(folder / PROCESSOR, tokenizer=tokenizer)
    except BundleError as error:
        raise damaged(folder / PROCESSOR, error.args[0]) from None
    return open_with(processor, folder, manifest)


def open_with(processor: TextProcessor, folder: Path, manifest: CorpusManifest) -> Corpus:
    """Open a corpus folder whose processor and manifest are at hand.

    Args:
        processor: The processor.
        folder: What `write_corpus` wrote.
        manifest: Its manifest.

    Returns:
        The corpus.

    Raises:
        CorpusError: The folder is damaged, or was made with another vocabulary.
    """
    if processor.vocabulary.fingerprint != manifest.vocabulary_fingerprint:
        raise CorpusError(
            f"the vocabulary in the corpus {folder} is not the one its ids were made with",
            given=f"{processor.vocabulary.fingerprint[:SHOWN_DIGITS]}…",
            accepted=f"{manifest.vocabulary_fingerprint[:SHOWN_DIGITS]}…",
            remedy="Make the corpus anew",
        )
    kind = id_type(len(processor.vocabulary))
    return Corpus(
        folder=folder,
        processor=processor,
        target=manifest.target,
        separator=manifest.separator,
        labels=manifest.labels,
        fingerprint=manifest.fingerprint,
        splits={
            name: _open_split(arrow_path(folder, name), name, counts, kind, manifest.form)
            for name, counts in manifest.splits.items()
        },
        provenance=manifest.provenance,
    )


def _open_split(
    path: Path,
    name: str,
    counts: SplitCounts,
    kind: IdType,
    form: TargetForm | None,
) -> Split:
    mapped = map_documents(path, kind, form)
    tokens = int((mapped.ends - mapped.starts).sum())
    if (mapped.starts.size, tokens) != (counts.documents, counts.tokens):
        raise damaged(path, "it holds another number of documents or tokens than the manifest")
    return Split(
        name=name,
        document_count=counts.documents,
        token_count=counts.tokens,
        character_count=counts.characters,
        unknown_count=counts.unknown_tokens,
        ids=mapped.ids,
        starts=mapped.starts,
        ends=mapped.ends,
        targets=mapped.targets,
    )
