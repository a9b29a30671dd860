"""From texts and labels to a trained model, by the arguments that both estimators take."""

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from rich.console import Console

from ulmus.bundle.language_model import LanguageModelBundle
from ulmus.bundle.reader import load_language_model
from ulmus.bundle.text_classifier import TextClassifierBundle
from ulmus.errors import SettingsError, SourceError, TokenizerError
from ulmus.estimators.texts import strings
from ulmus.recipes.finish import QUIET
from ulmus.recipes.fit_documents import FitDocuments, check_held_out
from ulmus.recipes.fit_settings import FitSettings
from ulmus.recipes.fit_stages import FitStages, handed_in
from ulmus.recipes.labelled_split import divide, parts_of
from ulmus.recipes.starting_models import starting_models
from ulmus.recipes.work_folder import WorkFolder
from ulmus.settings import resolve
from ulmus.text.languages import language_settings
from ulmus.text.sources import Document, SourceSettings
from ulmus.text.targets import TargetKind
from ulmus.text.tokenizers import Function
from ulmus.text.tokenizers.function import name_of
from ulmus.training.engine import Engine

ARGUMENTS = {"class_weights": "class_weight"}
"""Arguments of the estimators that are not called as the classifier's settings are."""


class TextParameters(Protocol):
    """The arguments that both estimators take; `UlmfitClassifier` says what they mean."""

    language_model: str | Path | LanguageModelBundle | None
    language: str | None
    tokenizer: str | Function | None
    model: str | None
    language_model_epochs: int | None
    epochs: int | None
    valid_share: float
    both_directions: bool
    settings: dict[str, Any] | None
    seed: int
    verbose: bool


def trained(
    told: TextParameters,
    texts: Any,
    labels: Sequence[str],
    target: TargetKind,
    classifier: Mapping[str, Any],
) -> TextClassifierBundle:
    """Return a model trained on texts, with nothing left on the disk.

    Args:
        told: The estimator.
        texts: N strings.
        labels: N labels as a corpus is told them.
        target: What a label is.
        classifier: Settings of the classifier that the estimator has arguments for.

    Raises:
        LabelError: Labels that nothing can be learned from, or too few to hold some out.
        SettingsError: Unusable settings.
        SourceError: Texts and labels differ in number, or texts are no strings.
        TokenizerError: A language beside a language model.
    """
    documents = _documents(strings(texts), labels)
    settings = _settings(told, target, classifier)
    prepare = settings.prepare
    parts = parts_of(prepare.source)
    share = prepare.valid_share
    split = divide(documents, valid_share=share, test_share=0.0, seed=prepare.seed, parts=parts)
    check_held_out(split.valid, share, "validation", "a larger valid_share")
    gathered = FitDocuments("texts", split, None, SourceSettings())
    console = Console(stderr=True) if told.verbose else QUIET
    tokenize = told.tokenizer if callable(told.tokenizer) else None
    pretrained = _pretrained(told) or starting_models(settings, split.train, tokenize)
    with tempfile.TemporaryDirectory() as folder:
        work = WorkFolder(Path(folder), resume=False)
        stages = FitStages(work, gathered, settings, Engine(settings.engine), console)
        return stages.run(pretrained, tokenize).classifier()


def _documents(texts: Sequence[str], labels: Sequence[str]) -> list[Document]:
    if len(texts) != len(labels):
        raise SourceError(
            "texts and labels differ in number",
            given=f"{len(texts)} and {len(labels)}",
            accepted="a label for every text",
            remedy="Give both of one length",
        )
    return [Document((text,), label) for text, label in zip(texts, labels, strict=True)]


def _pretrained(told: TextParameters) -> list[LanguageModelBundle]:
    if told.language_model is None:
        return []
    if isinstance(told.language_model, LanguageModelBundle):
        return [told.language_model]
    function = None if told.tokenizer is None else handed_in(told.tokenizer)
    return [load_language_model(told.language_model, tokenizer=function)]


def _settings(
    told: TextParameters, target: TargetKind, classifier: Mapping[str, Any]
) -> FitSettings:
    values = {
        "prepare": {
            **_text_settings(told),
            "source": {"target": target},
            "valid_share": told.valid_share,
            "seed": told.seed,
        },
        "language_model": {"model": told.model, "epochs": told.language_model_epochs},
        "classifier": {**classifier, "epochs": told.epochs},
        "engine": {"seed": told.seed},
        "both_directions": told.both_directions,
    }
    decided = settings = resolve(FitSettings, values=values)
    for name, value in (told.settings or {}).items():
        change: Any = value
        for part in reversed(name.split(".")):
            change = {part: change}
        settings = settings.with_(**change)
    if settings.prepare.source != decided.prepare.source:
        raise _decided("prepare.source", "what is given to fit")
    for name in ("class_weights", *classifier):
        if getattr(settings.classifier, name) != getattr(decided.classifier, name):
            raise _decided(f"classifier.{name}", f"the argument {ARGUMENTS.get(name, name)}")
    return settings


def _decided(name: str, instead: str) -> SettingsError:
    return SettingsError(
        "a setting that goes by other means here",
        given=name,
        accepted=instead,
        remedy="Leave it out of settings",
    )


def _overriding(told: TextParameters) -> str | None:
    """Return the tokenizer that other settings name, which the rules have to suit."""
    settings = told.settings or {}
    found = None
    for name, value in settings.items():
        if name == "prepare" and isinstance(value, Mapping):
            found = value.get("tokenizer", found)
        elif name == "prepare.tokenizer":
            found = value
    return found if isinstance(found, str) else None


def _text_settings(told: TextParameters) -> dict[str, str | None]:
    """Return the tokenizer, None where it is a function, and the rules."""
    named = told.tokenizer if isinstance(told.tokenizer, str) else None
    if told.language is None:
        return {"tokenizer": named}
    if told.language_model is not None:
        raise TokenizerError(
            "a language with a language model, which brings its rules and its tokenizer",
            given=told.language,
            accepted="one of the two",
            remedy="Leave language out",
        )
    given = name_of(told.tokenizer) if callable(told.tokenizer) else _overriding(told) or named
    chosen = language_settings(told.language, tokenizer=given)
    return {**chosen, "tokenizer": None} if callable(told.tokenizer) else {**chosen}
