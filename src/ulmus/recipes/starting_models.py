"""Which pretrained language models `fit` starts from."""

import warnings
from collections.abc import Iterable, Sequence
from itertools import islice

import numpy as np

from ulmus.bundle.language_model import LanguageModelBundle
from ulmus.bundle.packaged import ENGLISH, PACKAGED, packaged_processor
from ulmus.bundle.reader import load_language_model
from ulmus.errors import BundleError, UlmusWarning
from ulmus.recipes.fit_settings import FitSettings
from ulmus.text.processor import TextProcessor
from ulmus.text.sources import Document
from ulmus.text.special_tokens import UNKNOWN_ID
from ulmus.text.tokenizers import Function

LEAST_KNOWN = 0.7
"""Share of a text's tokens that the packaged model must know."""

SAMPLE = 500
"""Documents by which that is told."""


def starting_models(
    settings: FitSettings,
    documents: Sequence[Document],
    tokenize: Function | None = None,
) -> list[LanguageModelBundle]:
    """Return the packaged models that a fit starts from where none is named.

    There are none where the size of a new model is told, where text is to be cut otherwise than
    these models have learned it, and where it is not in their language, of which an
    `UlmusWarning` tells.

    Args:
        settings: Of the fit.
        documents: Those it learns from.
        tokenize: A function tokenizer handed in.
    """
    if tokenize is not None or settings.language_model.names_a_size:
        return []
    processor = packaged_processor(settings.prepare.tokenizer, settings.prepare.rules)
    if processor is None:
        return []
    known = known_share(processor, islice(documents, SAMPLE))
    if known >= LEAST_KNOWN:
        folders = [PACKAGED / ENGLISH[backward] for backward in settings.directions]
        return [load_language_model(folder) for folder in folders]
    warnings.warn(
        UlmusWarning(
            f"the English language model knows {100 * known:.0f} % of the text's tokens only, so "
            "a new one learns from the text alone; name the text's language with --language, or "
            "a size with --model, which is compact here"
        ),
        stacklevel=2,
    )
    return []


def known_share(processor: TextProcessor, documents: Iterable[Document]) -> float:
    """Return the share of the documents' tokens that a model's vocabulary has."""
    read = [processor.encode(document.columns) for document in documents]
    return float(np.mean(np.concatenate(read) != UNKNOWN_ID)) if read else 1.0


def check_pretrained(models: Sequence[LanguageModelBundle]) -> None:
    """Refuse language models that cannot be fine-tuned on one corpus.

    Raises:
        BundleError: Two of one direction, or two that split text differently.
    """
    directions = ["backward" if model.manifest.backward else "forward" for model in models]
    if len(set(directions)) < len(directions):
        raise BundleError(
            "two language models of one direction",
            given=", ".join(directions),
            accepted="one that reads forward, one that reads backward, or one of each",
            remedy="Leave one out",
        )
    splitters = [model.processor.splitter.description() for model in models]
    if any(splitter != splitters[0] for splitter in splitters):
        raise BundleError(
            "the language models split text differently",
            given=" and ".join(model.processor.tokenizer.spec for model in models),
            accepted="two models with the same rules and tokenizer",
            remedy="Make both from one corpus",
        )
