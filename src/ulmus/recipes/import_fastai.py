"""Weights and a vocabulary of fastai, or of awd-lstm-lm, become a bundle."""

import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from pydantic import Field
from torch import Tensor

from ulmus.bundle.manifest import MARKER
from ulmus.bundle.writer import Bundle, classifier_bundle, language_model_bundle, write_bundle
from ulmus.errors import BundleError, LabelError, SettingsError, UlmusWarning
from ulmus.files import atomic_folder, check_replaceable, hash_file
from ulmus.interop.fastai_head import Head
from ulmus.interop.fastai_layout import ForeignModel, recognise
from ulmus.interop.fastai_vocabulary import Rearranged, read_vocabulary, rearrange
from ulmus.interop.fastai_weights import read_weights
from ulmus.models.language_model import LanguageModel, build_language_model
from ulmus.models.text_classifier import ClassifierSettings, TextClassifier, build_text_classifier
from ulmus.models.transfer import remap_rows
from ulmus.recipes.foreign_targets import foreign_target
from ulmus.recipes.foreign_text import foreign_splitter
from ulmus.settings import Settings
from ulmus.text.processor import TextProcessor
from ulmus.text.targets import TargetKind

READING = {"fastai 2": ClassifierSettings(sequence_length=72, max_length=1440)}
"""How the versions read documents unless they are told otherwise."""
OLDER_READING = ClassifierSettings(sequence_length=70, max_length=1400)


class ImportSettings(Settings):
    """What other libraries' files do not say of a model.

    Args:
        tokenizer: What made its tokens, as `ulmus prepare` takes it; None: words of the language.
        rules: Name of the rule set; None: thai2fit's for Thai words, else fastai's.
        sentencepiece: File of the SentencePiece model, where its tokens are subwords.
        language: Code of the language whose tokenizer and rules they are, in the place of
            `tokenizer`; None: English.
        backward: Whether it reads texts from their end.
        target: What a classifier says of a text: its class, its tags, or a number.
        labels: A classifier's classes or tags in the order of its logits.
        number_range: The range that a number is held in, fastai's `y_range`; None: none.
        sequence_length: Tokens a classifier reads at once; None: as the version's default.
        max_length: Tokens at a document's end that are pooled; None: as the version's default.
        pretraining_tokens: How many tokens a language model was trained on; from 100 million on a
            classifier upon it is unfrozen gradually.
    """

    tokenizer: str | None = None
    rules: str | None = None
    sentencepiece: Path | None = None
    language: str | None = None
    backward: bool = False
    target: TargetKind = "class"
    labels: tuple[str, ...] = ()
    number_range: tuple[float, float] | None = None
    sequence_length: int | None = Field(None, ge=1)
    max_length: int | None = Field(None, ge=1)
    pretraining_tokens: int = Field(0, ge=0)


def import_fastai(weights: Path, vocabulary: Path, out: Path, settings: ImportSettings) -> Bundle:
    """Make a bundle of weights and a vocabulary, and write it.

    An encoder alone becomes a language model: its decoder is the embedding, as it was when the
    encoder was trained, with a bias of 0 in place of the one that was not saved.

    Args:
        weights: A `.pth` file.
        vocabulary: Its vocabulary: a pickled list, a JSON list or a text of tokens.
        out: The bundle's folder.
        settings: What the files do not say.

    Raises:
        BundleError: The files cannot be read, or do not belong together.
        LabelError: A classifier's classes are not named, or there are more or fewer; or what is
            told of a classifier is told of a language model.
        OutputError: The folder is taken by something else, or cannot be written.
        SettingsError: The encoder reads in both directions and has no classifier's head,
            fewer tokens are pooled than read at once, or something is told that nothing reads.
        TokenizerError: The tokenizer is unknown, or its SentencePiece model is missing.
    """
    check_replaceable(out, MARKER)
    _refuse_a_second_choice(settings)
    foreign = read_vocabulary(vocabulary)
    splitter = foreign_splitter(
        foreign.tokens,
        tokenizer=settings.tokenizer,
        rules=settings.rules,
        sentencepiece=settings.sentencepiece,
        language="en" if settings.language is None else settings.language,
    )
    source = recognise(read_weights(weights), weights)
    _check_length(foreign.tokens, source, vocabulary)
    rearranged = rearrange(foreign.tokens)
    processor = TextProcessor(splitter, rearranged.vocabulary)
    story = _story(weights, source, rearranged, settings)
    if source.head is None:
        bundle = _language_model_bundle(
            source, rearranged, processor, settings=settings, story=story
        )
    else:
        labels = settings.labels or (foreign.classes if settings.target != "number" else ())
        settings = settings.with_(labels=labels)
        bundle = _classifier_bundle(
            source, source.head, rearranged, processor, settings=settings, story=story
        )
    with atomic_folder(out, MARKER) as folder:
        write_bundle(folder, bundle)
    return bundle


def _check_length(tokens: Sequence[str], source: ForeignModel, path: Path) -> None:
    if len(tokens) != len(source.embedding):
        raise BundleError(
            f"the vocabulary has {len(tokens):,} tokens and the embedding "
            f"{len(source.embedding):,} rows",
            given=path,
            accepted="a token for each row",
            remedy="Give the vocabulary that the model was trained with",
        )


def _language_model_bundle(
    source: ForeignModel,
    rearranged: Rearranged,
    processor: TextProcessor,
    *,
    settings: ImportSettings,
    story: dict[str, Any],
) -> Bundle:
    _refuse_classifiers_settings(settings, source.kind)
    model = _language_model(source, rearranged)
    return language_model_bundle(model, processor, backward=settings.backward, provenance=story)


def _classifier_bundle(
    source: ForeignModel,
    head: Head,
    rearranged: Rearranged,
    processor: TextProcessor,
    *,
    settings: ImportSettings,
    story: dict[str, Any],
) -> Bundle:
    if settings.pretraining_tokens:
        raise SettingsError(
            "--pretraining-tokens with weights of a classifier, upon which none is trained",
            given=str(settings.pretraining_tokens),
            accepted="the weights of a language model or an encoder",
            remedy="Leave --pretraining-tokens away",
        )
    meant = foreign_target(
        settings.target, settings.labels, settings.number_range, head.class_count
    )
    return classifier_bundle(
        _classifier(source, head, rearranged, settings),
        processor,
        meant.labels,
        target=meant.target,
        number=meant.number,
        backward=settings.backward,
        provenance=story,
    )


def _language_model(source: ForeignModel, rearranged: Rearranged) -> LanguageModel:
    rows = torch.tensor(rearranged.rows)
    bias = source.decoder_bias
    with torch.device("meta"):
        model = build_language_model(source.settings, len(rows))
    bias = torch.zeros(len(source.embedding)) if bias is None else bias
    model.load_state_dict(
        {**_encoder(source, rows), "decoder_bias": remap_rows(bias, rows)}, assign=True
    )
    if source.kind == "encoder":
        warnings.warn(
            "these are the weights of an encoder alone: the language model's decoder is its "
            "embedding, with a bias of 0. Fine-tune it, or train a classifier upon it, before "
            "you judge its texts.",
            UlmusWarning,
            stacklevel=5,
        )
    return model


def _classifier(
    source: ForeignModel, head: Head, rearranged: Rearranged, settings: ImportSettings
) -> TextClassifier:
    rows = torch.tensor(rearranged.rows)
    usual = READING.get(head.layout, OLDER_READING)
    sequence_length = settings.sequence_length or usual.sequence_length
    max_length = settings.max_length or usual.max_length
    if max_length < sequence_length:
        raise SettingsError(
            "fewer tokens are pooled than are read at once",
            given=f"{max_length} of {sequence_length}",
            accepted="a --max-length of --sequence-length or more",
            remedy="Give both as they were in training",
        )
    reading = usual.with_(
        head_size=head.head_size, sequence_length=sequence_length, max_length=max_length
    )
    with torch.device("meta"):
        model = build_text_classifier(
            source.settings, len(rows), head.class_count, settings=reading
        )
    weights = {f"head.{name}": value for name, value in head.weights.items()}
    model.load_state_dict({**_encoder(source, rows), **weights}, assign=True)
    return model


def _encoder(source: ForeignModel, rows: Tensor) -> dict[str, Tensor]:
    stack = {f"encoder.stack.{name}": value for name, value in source.stack.items()}
    return {"encoder.embedding": remap_rows(source.embedding, rows), **stack}


def _refuse_a_second_choice(settings: ImportSettings) -> None:
    if settings.language is not None and settings.tokenizer is not None:
        raise SettingsError(
            "--language beside --tokenizer, which chooses in its place",
            given=settings.language,
            accepted="one of the two",
            remedy="Leave --language away; name thai2fit's or other rules with --rules, and the "
            "language of subwords as --tokenizer subwords:language=CODE",
        )


def _refuse_classifiers_settings(settings: ImportSettings, kind: str) -> None:
    told = {
        "--class and --labels": settings.labels,
        "--target": settings.target != "class",
        "--number-range": settings.number_range,
        "--sequence-length": settings.sequence_length,
        "--max-length": settings.max_length,
    }
    for name, value in told.items():
        if value:
            raise LabelError(
                f"{name} with weights that are no classifier's",
                given=kind,
                accepted="the weights of a classifier",
                remedy=f"Leave {name} away",
            )


def _story(
    weights: Path, source: ForeignModel, rearranged: Rearranged, settings: ImportSettings
) -> dict[str, Any]:
    """Return the provenance: which file this was, and what was made up or left out."""
    story: dict[str, Any] = {
        "imported_from": f"{source.kind} of {source.layout}",
        "weights": weights.name,
        "weights_sha256": hash_file(weights),
    }
    if settings.pretraining_tokens:
        story["pretraining_tokens"] = settings.pretraining_tokens
    if rearranged.missing:
        story["mean_rows_for"] = " ".join(rearranged.missing)
    if source.head is None and source.decoder_bias is None:
        story["decoder_bias"] = "0, for none was saved"
    if source.head is not None and source.head.absorbed_biases:
        story["biases_of_linear_layers"] = "moved into the batch norms in front of them"
    return story
