"""The stages of `fit`, each kept in a work folder until the whole is done."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

from rich.console import Console

from ulmus.bundle.language_model import LanguageModelBundle
from ulmus.bundle.manifest import MARKER
from ulmus.bundle.reader import load_classifier, load_language_model
from ulmus.bundle.text_classifier import TextClassifierBundle
from ulmus.corpus.layout import MANIFEST as CORPUS
from ulmus.corpus.reader import Corpus, open_corpus
from ulmus.errors import BundleError
from ulmus.models.presets import preset
from ulmus.recipes.classifier_targets import check_targets
from ulmus.recipes.finetune import finetune
from ulmus.recipes.fit_documents import FitDocuments
from ulmus.recipes.fit_settings import FitSettings
from ulmus.recipes.prepare import prepare_documents
from ulmus.recipes.pretrain import pretrain
from ulmus.recipes.time_limit import TimeLimit, TrainingTime
from ulmus.recipes.train_classifier import objective_for, train_classifier
from ulmus.recipes.work_folder import WorkFolder
from ulmus.text.splitter import TextSplitter
from ulmus.text.tokenizers import Function
from ulmus.text.tokenizers.function import FunctionTokenizer
from ulmus.training.engine import Engine

LANGUAGE_MODELS = ("language-model", "backward-language-model")
CLASSIFIERS = ("classifier", "backward-classifier")
"""Folders of the stages: the forward one, then the backward one."""

TIME_WEIGHTS = (1.0, 1.5)
"""What a language model's training and a classifier's may take of the time."""


class Directed(NamedTuple):
    """The two models of one direction."""

    language_model: LanguageModelBundle
    classifier: TextClassifierBundle


class FitModels(NamedTuple):
    """All that the stages made: corpora, and the models of each direction."""

    text: Corpus
    labelled: Corpus
    pairs: list[Directed]

    def classifier(self) -> TextClassifierBundle:
        """Return one classifier: the first, with the second, if any, as its companion."""
        first, *rest = (pair.classifier for pair in self.pairs)
        return replace(first, backward=rest[0] if rest else None)


@dataclass(frozen=True)
class FitStages:
    """The stages, and what they share.

    Args:
        work: Where finished ones are kept.
        documents: What there is to learn.
        settings: How.
        engine: Where training runs.
        console: Where progress is shown.
        started: When it all began, by `time.monotonic`, for the settings' limit.
    """

    work: WorkFolder
    documents: FitDocuments
    settings: FitSettings
    engine: Engine
    console: Console
    started: float = 0.0

    def run(
        self, pretrained: Sequence[LanguageModelBundle], tokenize: Function | None
    ) -> FitModels:
        """Do everything, in the directions of the models to start from, or as the settings say.

        If these ask for both directions, one without a model to start from learns from the
        task's text alone.

        Args:
            pretrained: Models to start from, at most one a direction.
            tokenize: A function tokenizer handed in.
        """
        preset(self.settings.language_model.model)  # an unknown one is told before the work
        splitter = pretrained[0].processor.splitter if pretrained else None
        text = self.text_corpus(splitter, tokenize)
        labelled = self.labelled_corpus(text)
        check_targets(labelled)
        objective_for(labelled, self.settings.classifier)  # so are settings that do not go with it
        pairs = [
            self.directed(text, labelled, model, backward=backward)
            for backward, model in self.directions(pretrained).items()
        ]
        return FitModels(text, labelled, pairs)

    def directions(
        self, pretrained: Sequence[LanguageModelBundle]
    ) -> dict[bool, LanguageModelBundle | None]:
        """Return for each direction, False for forward, the model to start from, if any."""
        found = {model.manifest.backward: model for model in pretrained}
        directions = sorted(found) or [self.settings.language_model.backward]
        if self.settings.both_directions:
            directions = [False, True]
        return {backward: found.get(backward) for backward in directions}

    def text_corpus(self, splitter: TextSplitter | None, tokenize: Function | None) -> Corpus:
        """Return the text the language model learns, with a vocabulary of its own.

        Args:
            splitter: A pretrained model's rules and tokenizer; None for new ones.
            tokenize: A function tokenizer handed in.
        """

        def make(folder: Path, resume: bool) -> Corpus:  # noqa: ARG001 - made at one go
            return prepare_documents(
                self.documents.texts,
                folder,
                self.settings.prepare,
                tokenize=tokenize,
                splitter=splitter,
                provenance=self.documents.provenance(),
            )

        function = handed_in(tokenize or self.settings.prepare.tokenizer)
        if splitter is not None:
            function = _function(splitter)
        return self.work.stage("text", CORPUS, lambda path: open_corpus(path, function), make)

    def labelled_corpus(self, text: Corpus) -> Corpus:
        """Return the labelled documents, in the vocabulary of the language model's text."""

        def make(folder: Path, resume: bool) -> Corpus:  # noqa: ARG001 - made at one go
            return prepare_documents(
                self.documents.labelled,
                folder,
                self.settings.prepare,
                splitter=text.processor.splitter,
                vocabulary=text.vocabulary,
                provenance=self.documents.provenance(),
            )

        function = _function(text.processor.splitter)
        return self.work.stage("labelled", CORPUS, lambda path: open_corpus(path, function), make)

    def directed(
        self,
        text: Corpus,
        labelled: Corpus,
        pretrained: LanguageModelBundle | None,
        *,
        backward: bool,
    ) -> Directed:
        """Return language model and classifier of one direction.

        Args:
            text: The language model's corpus.
            labelled: The classifier's.
            pretrained: The model to start from; None starts from nothing.
            backward: The direction.
        """
        language_model = self.language_model(text, pretrained, backward=backward)
        return Directed(language_model, self.classifier(language_model, labelled))

    def language_model(
        self, text: Corpus, pretrained: LanguageModelBundle | None, *, backward: bool
    ) -> LanguageModelBundle:
        """Return the language model of one direction; see `directed`."""
        given = self.settings.language_model.with_(backward=backward)

        def make(folder: Path, resume: bool) -> LanguageModelBundle:
            rest = (text, folder, given, self.engine)
            time = self._time(folder.name)
            if pretrained is None:
                return pretrain(*rest, console=self.console, resume=resume, time=time)
            return finetune(pretrained, *rest, console=self.console, resume=resume, time=time)

        function = _function(text.processor.splitter)
        return self.work.stage(
            LANGUAGE_MODELS[backward],
            MARKER,
            lambda path: load_language_model(path, tokenizer=function),
            make,
        )

    def classifier(
        self, language_model: LanguageModelBundle, labelled: Corpus
    ) -> TextClassifierBundle:
        """Return the classifier upon a language model, of its direction."""
        function = _function(labelled.processor.splitter)
        return self.work.stage(
            CLASSIFIERS[language_model.manifest.backward],
            MARKER,
            lambda path: load_classifier(path, tokenizer=function),
            lambda path, resume: train_classifier(
                language_model,
                labelled,
                path,
                self.settings.classifier,
                self.engine,
                console=self.console,
                resume=resume,
                time=self._time(path.name),
            ),
        )

    def _time(self, name: str) -> TrainingTime | None:
        """Return how long the training of one stage may take, by what is still to be done."""
        if self.settings.minutes is None:
            return None
        backward = name in (LANGUAGE_MODELS[True], CLASSIFIERS[True])
        directions = [backward]
        if self.settings.both_directions and not backward:
            directions.append(True)
        names = [n for each in directions for n in (LANGUAGE_MODELS[each], CLASSIFIERS[each])]
        weights = [TIME_WEIGHTS[n in CLASSIFIERS] for n in names[names.index(name) :]]
        limit = TimeLimit(self.settings.minutes, self.started)
        return TrainingTime(limit.share(weights), self.work.path / f"{name}.passes")


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


def handed_in(tokenizer: str | Function) -> str | Function | None:
    """Return a function tokenizer, or its name, which opening a corpus needs; else None."""
    named = isinstance(tokenizer, str) and not tokenizer.startswith("function:")
    return None if named else tokenizer


def _function(splitter: TextSplitter) -> Function | None:
    """Return a splitter's tokenizer function, which no folder brings along."""
    tokenizer = splitter.tokenizer
    return tokenizer.function if isinstance(tokenizer, FunctionTokenizer) else None
