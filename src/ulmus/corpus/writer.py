"""Writing a corpus: one pass that tokenizes, one that gives every token its final id."""

import hashlib
import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ulmus.corpus.arrow_file import open_writer
from ulmus.corpus.engine import Engine
from ulmus.corpus.layout import (
    MANIFEST,
    PROCESSOR,
    SPLITS,
    TRAIN,
    VALID,
    CorpusManifest,
    SplitCounts,
    TargetForm,
    TokenIds,
    arrow_path,
    id_type,
)
from ulmus.corpus.reader import Corpus, open_with
from ulmus.corpus.spool import SplitSpool, TokenSpool
from ulmus.corpus.targets import CLASSES, LabelReading, Targets, decide_targets
from ulmus.corpus.workers import LocalEngine
from ulmus.errors import CorpusError
from ulmus.files import atomic_folder, fingerprint
from ulmus.text.processor import TextProcessor
from ulmus.text.sources import Document
from ulmus.text.special_tokens import UNKNOWN_ID
from ulmus.text.splitter import TextSplitter
from ulmus.text.targets import SEPARATOR
from ulmus.text.vocabulary import Vocabulary

BLOCK_TOKENS = 1 << 20
BLOCK_DOCUMENTS = 1 << 16
SPOOL = "spool"
HERE = LocalEngine()


class _WrittenSplit(NamedTuple):
    counts: SplitCounts
    hashes: dict[str, str]


class _Block(NamedTuple):
    ids: TokenIds
    lengths: NDArray[np.int64]
    targets: NDArray[Any] | None


class _Numbering(NamedTuple):
    ids: TokenIds  # provisional token number -> id
    targets: Targets | None  # by provisional label number

    @property
    def form(self) -> TargetForm | None:
        targets = self.targets
        return None if targets is None else TargetForm(targets.kind, len(targets.labels))


def write_corpus(
    folder: Path,
    documents: Iterable[tuple[str, Document]],
    splitter: TextSplitter,
    *,
    vocabulary: Vocabulary | None = None,
    known: Vocabulary | None = None,
    max_vocab: int = 60_000,
    min_freq: int = 3,
    engine: Engine = HERE,
    reading: LabelReading = CLASSES,
    provenance: Mapping[str, Any] | None = None,
) -> Corpus:
    """Tokenize documents once, write them as a corpus folder, whole or not at all, and open it.

    Memory holds a few chunks and the distinct tokens, whatever the corpus' size. The files are
    the same, byte for byte, for any engine, any number of workers and any size of chunk.

    Args:
        folder: Where the corpus shall stand; an older corpus there is replaced.
        documents: Pairs of a split's name and a document; see `in_split` and `hold_out`.
        splitter: Rules and tokenizer.
        vocabulary: The vocabulary; None builds one from the training split alone.
        known: Tokens that a built vocabulary has in any case, behind those that were chosen.
        max_vocab: The most tokens a built vocabulary has.
        min_freq: How often a token must occur to be in a built vocabulary.
        engine: What tokenizes; this process unless another is given.
        reading: What a label is.
        provenance: Remembered in the manifest; JSON values.

    Raises:
        CorpusError: No training or no validation document, or a worker process died.
        LabelError: A label is missing or unknown, or is no number where it should be.
        OutputError: The folder is taken by something else, or cannot be written.
    """
    with atomic_folder(folder, MANIFEST) as temporary:
        spool = _tokenize(documents, splitter, temporary / SPOOL, engine)
        if vocabulary is None:
            counts = spool.train_counts()
            vocabulary = splitter.vocabulary(counts, max_vocab=max_vocab, min_freq=min_freq)
            vocabulary = vocabulary.extended(known) if known else vocabulary
        processor = TextProcessor(splitter, vocabulary)
        targets = decide_targets(reading, spool.labels, spool.splits)
        manifest = _write_folder(temporary, spool, processor, targets, dict(provenance or {}))
        shutil.rmtree(temporary / SPOOL)
        manifest.save(temporary)
    return open_with(processor, folder, manifest)


def _tokenize(
    documents: Iterable[tuple[str, Document]], splitter: TextSplitter, folder: Path, engine: Engine
) -> TokenSpool:
    folder.mkdir()
    with (
        TokenSpool(folder) as spool,
        closing(engine.tokenize(documents, splitter)) as chunks,
    ):
        for chunk in chunks:
            spool.append(chunk)
    _check_splits(spool)
    return spool


def _check_splits(spool: TokenSpool) -> None:
    counts = {name: spool.splits[name].documents for name in SPLITS if name in spool.splits}
    for name in (TRAIN, VALID):
        if not counts.get(name):
            raise CorpusError(
                f"no document in the {name} split",
                given=", ".join(f"{n} {counts.get(n, 0)}" for n in (TRAIN, VALID)) + " documents",
                accepted="at least one for training and one for validation",
                remedy="Name a file with --valid SOURCE, take a larger --valid-share, or cut "
                "one long text into documents with --document paragraph",
            )


def _write_folder(
    folder: Path,
    spool: TokenSpool,
    processor: TextProcessor,
    targets: Targets | None,
    provenance: dict[str, Any],
) -> CorpusManifest:
    vocabulary = processor.vocabulary
    labels = targets.labels if targets else ()
    kind = id_type(len(vocabulary))
    numbering = _Numbering(
        ids=vocabulary.ids(spool.tokens).astype(kind),
        targets=targets,
    )
    written = {
        name: _write_split(arrow_path(folder, name), spool.splits[name], numbering)
        for name in SPLITS
        if name in spool.splits
    }
    processor.save(folder / PROCESSOR)
    content = {
        "processor": processor.fingerprint,
        "target": targets.kind if targets else None,
        "labels": labels,
        "splits": {name: split.hashes for name, split in written.items()},
    }
    return CorpusManifest(
        fingerprint=fingerprint(content),
        vocabulary_fingerprint=vocabulary.fingerprint,
        splits={name: split.counts for name, split in written.items()},
        target=targets.kind if targets else None,
        separator=targets.separator if targets else SEPARATOR,
        labels=labels,
        provenance=provenance,
    )


def _write_split(path: Path, spool: SplitSpool, numbering: _Numbering) -> _WrittenSplit:
    hashes = {name: hashlib.sha256() for name in ("ids", "lengths", "labels")}
    tokens = unknown_tokens = 0
    with open_writer(path, numbering.ids.dtype.type, numbering.form) as writer:
        for block in _blocks(spool, numbering):
            writer.append(block.ids, block.lengths, block.targets)
            tokens += block.ids.size
            unknown_tokens += block.ids.size - int(np.count_nonzero(block.ids != UNKNOWN_ID))
            hashes["ids"].update(block.ids.data)
            hashes["lengths"].update(block.lengths.data)
            if block.targets is not None:
                hashes["labels"].update(block.targets.data)
    return _WrittenSplit(
        counts=SplitCounts(
            documents=spool.documents,
            tokens=tokens,
            characters=spool.characters,
            unknown_tokens=unknown_tokens,
        ),
        hashes={name: digest.hexdigest() for name, digest in hashes.items()},
    )


def _blocks(spool: SplitSpool, numbering: _Numbering) -> Iterator[_Block]:
    # Cut by the documents' lengths alone: the size of the chunks leaves no trace in the file.
    with (
        spool.ids_path.open("rb") as ids_file,
        spool.lengths_path.open("rb") as lengths_file,
        spool.labels_path.open("rb") as labels_file,
    ):
        waiting = np.zeros(0, np.int64)
        while True:
            more = np.fromfile(lengths_file, np.int64, BLOCK_DOCUMENTS - waiting.size)
            waiting = np.concatenate([waiting, more])
            if not waiting.size:
                return
            fitting = np.searchsorted(np.cumsum(waiting), BLOCK_TOKENS, side="right")
            documents = max(1, int(fitting))
            lengths, waiting = waiting[:documents], waiting[documents:]
            numbers = np.fromfile(ids_file, np.uint32, int(lengths.sum()))
            labels = np.fromfile(labels_file, np.int32, documents)
            yield _Block(
                ids=numbering.ids[numbers],
                lengths=lengths,
                targets=None if numbering.targets is None else numbering.targets.values[labels],
            )
