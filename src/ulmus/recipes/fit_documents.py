"""Which documents `fit` learns from, judges by, and reports on."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from ulmus.corpus.layout import TEST, TRAIN, VALID
from ulmus.errors import LabelError, SourceError
from ulmus.recipes.labelled_split import (
    LabelledSplit,
    Parts,
    check_labels,
    divide,
    parts_of,
    smallest_class,
)
from ulmus.recipes.prepare import PrepareSettings
from ulmus.text.decompression import STANDARD_INPUT
from ulmus.text.sources import (
    Document,
    Source,
    SourceSettings,
    describe_source,
    read_documents,
    source_fingerprint,
)


@dataclass(frozen=True)
class FitSources:
    """Where the documents come from.

    Args:
        labelled: Documents with labels.
        unlabelled: More text of the same kind, for the language model.
        valid: Labelled documents to judge by in training; None holds some of `labelled` out.
        test: Labelled documents for the report; None holds some of `labelled` out.
    """

    labelled: Source
    unlabelled: Source | None = None
    valid: Source | None = None
    test: Source | None = None


@dataclass(frozen=True)
class FitDocuments:
    """The labelled documents in memory, and where more text is to be had.

    Args:
        name: What the labelled source is called.
        split: The labelled documents.
        unlabelled: The source of more text.
        reading: How that source is read.
        put_aside: Documents whose labels are not to be known.
    """

    name: str
    split: LabelledSplit
    unlabelled: Source | None
    reading: SourceSettings
    put_aside: Sequence[Document] = ()

    def provenance(self) -> dict[str, str]:
        """Return what a corpus made of these documents remembers."""
        extra = "" if self.unlabelled is None else f", with {describe_source(self.unlabelled)}"
        return {"source": f"{self.name}{extra}"}

    def identity(self) -> list[object]:
        """Return what tells these documents from others, as JSON."""
        extra = self.unlabelled
        is_stream = isinstance(extra, str | Path) and Path(extra) == STANDARD_INPUT
        if extra is None or is_stream:  # a stream is gone once it is hashed
            return [self.split]
        return [self.split, source_fingerprint(extra, self.reading)]

    def labelled(self) -> Iterator[tuple[str, Document]]:
        """Yield the labelled documents with their split."""
        for name, documents in zip((TRAIN, VALID, TEST), self.split, strict=True):
            for document in documents:
                yield name, document

    def texts(self) -> Iterator[tuple[str, Document]]:
        """Yield what the language model learns from and is judged by, without labels."""
        for document in self.split.train:
            yield TRAIN, Document(document.columns, None)
        for document in self.without_labels():
            yield TRAIN, document
        for document in self.split.valid:
            yield VALID, Document(document.columns, None)

    def without_labels(self) -> Iterator[Document]:
        """Yield the documents without labels, but for those held out as labelled ones."""
        held_out = {document.columns for document in (*self.split.valid, *self.split.test)}
        sources: list[Iterable[Document]] = [self.put_aside]
        if self.unlabelled is not None:
            sources.append(read_documents(self.unlabelled, self.reading))
        for document in chain.from_iterable(sources):
            if document.columns not in held_out:
                yield Document(document.columns, None)


def gather(sources: FitSources, settings: PrepareSettings, *, test_share: float) -> FitDocuments:
    """Read the labelled documents and divide them.

    Args:
        sources: Where they come from.
        settings: How they are read, and the share held out for validation.
        test_share: Share of each class held out for the report, without a test source; 0 where
            there is no report.

    Raises:
        LabelError: One class only, a class with a single document, a label in the validation or
            test source that no training document has, or one that is no number.
        SourceError: A source cannot be read, or no label column is named.
    """
    if settings.source.label is None:
        raise SourceError(
            "no label column is named",
            accepted="the name of a column",
            remedy="Name it with --label COLUMN",
        )
    labelled = list(read_documents(sources.labelled, settings.source))
    parts = parts_of(settings.source)
    check_labels(labelled, parts)
    split = divide(
        labelled,
        valid_share=0 if sources.valid is not None else settings.valid_share,
        test_share=0 if sources.test is not None else test_share,
        seed=settings.seed,
        parts=parts,
    )
    if sources.valid is not None:
        valid = _judged(sources.valid, settings, _known(split.train, parts), "validation")
        split = split._replace(valid=valid)
    if sources.test is not None:
        test = _judged(sources.test, settings, _known(split.train, parts), "test")
        split = split._replace(test=test)
    check_held_out(split.valid, settings.valid_share, "validation", "a source with --valid")
    if test_share:
        check_held_out(split.test, test_share, "the test", "a source with --test")
    name = describe_source(sources.labelled)
    return FitDocuments(name, split, sources.unlabelled, without_labels(settings.source))


def without_labels(reading: SourceSettings) -> SourceSettings:
    """Return how the texts of a source are read, without its labels."""
    return SourceSettings(text=reading.text, document=reading.document)


def check_held_out(documents: list[Document], share: float, purpose: str, instead: str) -> None:
    """Refuse a share of so few documents that none was held out.

    Args:
        documents: What was held out.
        share: The share of each class that was asked for.
        purpose: What for.
        instead: What could be given instead of more documents.

    Raises:
        LabelError: None was held out.
    """
    if not documents:
        raise LabelError(
            f"too few documents to hold a share out for {purpose}",
            given=share,
            accepted=f"{smallest_class(share)} documents or more in some class",
            remedy=f"Give more documents, or {instead}",
        )


def _known(documents: list[Document], parts: Parts) -> set[str]:
    return {label for document in documents for label in parts(document)}


def _judged(
    source: Source, settings: PrepareSettings, known: set[str], name: str
) -> list[Document]:
    documents = list(read_documents(source, settings.source))
    unknown = sorted(_known(documents, parts_of(settings.source)) - known)
    if unknown:
        raise LabelError(
            f"labels in the {name} source that no training document has",
            given=", ".join(unknown[:20]),
            accepted=", ".join(sorted(known)[:20]),
            remedy="Mend them, or add training documents with these labels",
        )
    return documents
