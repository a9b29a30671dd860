"""A corpus of labelled documents, in which every class is both learned and judged by."""

from pathlib import Path

from ulmus.corpus.reader import Corpus
from ulmus.recipes.fit_documents import FitSources, gather
from ulmus.recipes.prepare import PrepareSettings, prepare_documents
from ulmus.text.sources import Source
from ulmus.text.splitter import TextSplitter
from ulmus.text.vocabulary import Vocabulary


def prepare_labelled(
    source: Source,
    out: Path,
    settings: PrepareSettings,
    *,
    valid: Source | None = None,
    splitter: TextSplitter,
    vocabulary: Vocabulary,
) -> Corpus:
    """Write a classifier's corpus, in the vocabulary of the language model beneath it.

    What is held out is chosen within each class by the hash that also divides text without
    labels, so that a language model fine-tuned on the same source has seen little of it.

    Args:
        source: The labelled documents.
        out: The corpus folder.
        settings: How they are read, and the share held out.
        valid: Labelled documents to judge by; None holds some of `source` out.
        splitter: The language model's rules and tokenizer.
        vocabulary: Its vocabulary.

    Raises:
        LabelError: One class only, a class with a single document, or an unknown label.
        SourceError: A source cannot be read, or no label column is named.
    """
    documents = gather(FitSources(labelled=source, valid=valid), settings, test_share=0)
    return prepare_documents(
        documents.labelled,
        out,
        settings,
        splitter=splitter,
        vocabulary=vocabulary,
        provenance=documents.provenance(),
    )
