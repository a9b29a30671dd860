"""From sources to a corpus on disk."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any, Literal

from pydantic import Field

from ulmus.corpus.engine import Engine
from ulmus.corpus.hold_out import hold_out, in_split
from ulmus.corpus.layout import TEST, TRAIN, VALID
from ulmus.corpus.ray_engine import RayEngine
from ulmus.corpus.reader import Corpus
from ulmus.corpus.source_parts import SourcePart, SourceParts
from ulmus.corpus.targets import LabelReading
from ulmus.corpus.workers import LocalEngine
from ulmus.corpus.writer import write_corpus
from ulmus.recipes.labelled_split import parts_of
from ulmus.settings import Settings
from ulmus.text.sources import Document, Source, SourceSettings, describe_source
from ulmus.text.splitter import TextSplitter, build_splitter
from ulmus.text.tokenizers import Function
from ulmus.text.vocabulary import Vocabulary


class PrepareSettings(Settings):
    """How text becomes ids.

    Args:
        source: Columns, and what a document is.
        tokenizer: `words:LANG`, `subwords[:SIZE]`, `characters` or `function:pkg.module:name`;
            `text.languages.language_settings` knows what suits a language.
        rules: Name of the rule set; None takes the one that suits the tokenizer.
        max_vocab: The most words in the vocabulary.
        min_freq: How often a word must occur to be in it.
        valid_share: Share of the documents held out where no validation source is given.
        workers: Processes that tokenize; 0 does it in this one, or, with the engine `ray`, in as
            many as there are processors.
        engine: `local` is this machine, `ray` a cluster of them; the corpus is the same.
        ray_address: `HOST:PORT` of a cluster's head, `auto`, or `local`; None takes what
            `RAY_ADDRESS` says, else `local`.
        seed: Decides which documents are held out.
    """

    source: SourceSettings = SourceSettings()
    tokenizer: str = "words:en"
    rules: str | None = None
    max_vocab: int = Field(60_000, ge=1)
    min_freq: int = Field(3, ge=1)
    valid_share: float = Field(0.1, gt=0, lt=1)
    workers: int = Field(0, ge=0)
    engine: Literal["local", "ray"] = "local"
    ray_address: str | None = None
    seed: int = Field(0, ge=0, lt=2**32)


@dataclass(frozen=True)
class Sources:
    """Where the documents of each split come from.

    Args:
        train: The source to learn from.
        valid: The source to judge by in training; None holds a share of `train` out.
        test: A source that training never sees.
    """

    train: Source
    valid: Source | None = None
    test: Source | None = None


def prepare(
    sources: Sources,
    out: Path,
    settings: PrepareSettings,
    *,
    tokenize: Function | None = None,
    splitter: TextSplitter | None = None,
    vocabulary: Vocabulary | None = None,
    known: Vocabulary | None = None,
) -> Corpus:
    """Read, tokenize, build the vocabulary from the training part, and write the corpus.

    Args:
        sources: Where the documents come from.
        out: The corpus folder.
        settings: How.
        tokenize: A function tokenizer, in the place of the one `settings` names.
        splitter: Another model's rules and tokenizer, in the place of new ones.
        vocabulary: Another model's vocabulary, in the place of a new one.
        known: Another model's vocabulary, which a new one holds in any case.

    Raises:
        SourceError: A source cannot be read.
        CorpusError: A split would be empty.
        LabelError: A label is missing or unknown.
    """
    return prepare_documents(
        lambda: _documents(sources, settings),
        out,
        settings,
        tokenize=tokenize,
        splitter=splitter,
        vocabulary=vocabulary,
        known=known,
        provenance={"source": describe_source(sources.train)},
    )


def prepare_documents(
    documents: Callable[[], Iterable[tuple[str, Document]]],
    out: Path,
    settings: PrepareSettings,
    *,
    tokenize: Function | None = None,
    splitter: TextSplitter | None = None,
    vocabulary: Vocabulary | None = None,
    known: Vocabulary | None = None,
    provenance: Mapping[str, Any],
) -> Corpus:
    """Do what `prepare` does with documents that have been put into splits.

    Args:
        documents: Called for each pass over the pairs of a split's name and a document; there
            are two passes where a tokenizer is trained first.
        out: The corpus folder.
        settings: How.
        tokenize: As for `prepare`.
        splitter: As for `prepare`.
        vocabulary: As for `prepare`.
        known: As for `prepare`.
        provenance: Remembered in the corpus.
    """

    def training_texts() -> Iterator[tuple[str, ...]]:
        return (document.columns for split, document in documents() if split == TRAIN)

    if splitter is None:
        splitter = build_splitter(
            tokenize or settings.tokenizer, rules=settings.rules, texts=training_texts
        )
    return write_corpus(
        out,
        documents(),
        splitter,
        vocabulary=vocabulary,
        known=known,
        max_vocab=settings.max_vocab,
        min_freq=settings.min_freq,
        reading=LabelReading(settings.source.target, settings.source.separator),
        engine=_engine(settings),
        provenance=provenance,
    )


def _engine(settings: PrepareSettings) -> Engine:
    if settings.engine == "ray":
        return RayEngine(settings.workers, settings.ray_address)
    return LocalEngine(settings.workers)


def _documents(sources: Sources, settings: PrepareSettings) -> Iterable[tuple[str, Document]]:
    if sources.valid is None:
        divide = partial(hold_out, share=settings.valid_share, seed=settings.seed)
        train = [SourcePart(sources.train, divide)]
        others = []
    else:
        train = [SourcePart(sources.train, partial(in_split, TRAIN))]
        others = [SourcePart(sources.valid, partial(in_split, VALID))]
    if sources.test is not None:
        others.append(SourcePart(sources.test, partial(in_split, TEST)))
    if sources.valid is not None or settings.source.label is None:
        return SourceParts([*train, *others], settings.source)
    # Both are begun now, so that all paths are checked before a document is read.
    divided = _with_every_label(iter(SourceParts(train, settings.source)), settings)
    return chain(divided, iter(SourceParts(others, settings.source)))


def _with_every_label(
    divided: Iterable[tuple[str, Document]], settings: PrepareSettings
) -> Iterator[tuple[str, Document]]:
    """Yield labelled documents, of which none is held out that alone has one of its labels."""
    parts, learned = parts_of(settings.source), set[str]()
    waiting: list[Document] = []  # until one to learn from has their label too
    for split, document in divided:
        if split == TRAIN:
            learned.update(parts(document))
            yield TRAIN, document
        elif learned.issuperset(parts(document)):
            yield VALID, document
        else:
            waiting.append(document)
    for document in waiting:
        yield VALID if learned.issuperset(parts(document)) else TRAIN, document
