"""The stages of `fit`, each kept in a work folder until the whole is done."""

import json
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple, TypeVar

from rich.console import Console

from ulmus.bundle.language_model import LanguageModelBundle
from ulmus.bundle.manifest import MARKER
from ulmus.bundle.reader import load_classifier, load_language_model
from ulmus.bundle.text_classifier import TextClassifierBundle
from ulmus.corpus.layout import MANIFEST as CORPUS
from ulmus.corpus.reader import Corpus, open_corpus
from ulmus.errors import BundleError, CheckpointError
from ulmus.files import atomic_file, check_replaceable
from ulmus.models.presets import preset
from ulmus.recipes.classifier_targets import check_targets
from ulmus.recipes.finetune import finetune
from ulmus.recipes.finish import checkpoint_of
from ulmus.recipes.fit_documents import FitDocuments
from ulmus.recipes.fit_settings import FitSettings
from ulmus.recipes.prepare import prepare_documents
from ulmus.recipes.pretrain import pretrain
from ulmus.recipes.train_classifier import objective_for, train_classifier
from ulmus.text.splitter import TextSplitter
from ulmus.text.tokenizers import Function
from ulmus.text.tokenizers.function import FunctionTokenizer
from ulmus.training.engine import Engine

IDENTITY = "fit.json"
LANGUAGE_MODELS = ("language-model", "backward-language-model")
CLASSIFIERS = ("classifier", "backward-classifier")
"""Folders of the stages: the forward one, then the backward one."""

T = TypeVar("T")


@dataclass(frozen=True)
class WorkFolder:
    """Finished stages by name, so that an interrupted run need not repeat them.

    Args:
        path: The folder.
        resume: Whether an interrupted run goes on.
    """

    path: Path
    resume: bool

    def open(self, identity: str) -> None:
        """Make the folder, or see that it is of the run that is to go on.

        Args:
            identity: Fingerprint of documents and settings.

        Raises:
            CheckpointError: `resume` where there is nothing, or something else, to go on with.
            OutputError: The path is taken by something else, or cannot be written.
        """
        file = self.path / IDENTITY
        if not self.resume:
            check_replaceable(self.path, IDENTITY)
            shutil.rmtree(self.path, ignore_errors=True)
            with atomic_file(file) as temporary:
                temporary.write_text(json.dumps({"identity": identity}), "utf-8")
        elif not file.exists() or json.loads(file.read_text("utf-8")) != {"identity": identity}:
            raise CheckpointError(
                "there is no interrupted run with these documents and settings",
                given=self.path,
                accepted="the work folder that Ctrl-C left, with the same documents and settings",
                remedy="Start without --resume",
            )

    def stage(
        self, name: str, marker: str, load: Callable[[Path], T], make: Callable[[Path, bool], T]
    ) -> T:
        """Return a stage's result: loaded where it is finished, else made.

        Args:
            name: Its folder.
            marker: The file that every such folder holds.
            load: Loads it.
            make: Makes it, told whether to go on from a checkpoint.
        """
        folder = self.path / name
        if (folder / marker).exists():
            return load(folder)
        return make(folder, self.resume and checkpoint_of(folder).exists())


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
    """

    work: WorkFolder
    documents: FitDocuments
    settings: FitSettings
    engine: Engine
    console: Console

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
        by_direction = {model.manifest.backward: model for model in pretrained}
        directions = sorted(by_direction) or [self.settings.language_model.backward]
        if self.settings.both_directions:
            directions = [False, True]
        pairs = [
            self.directed(text, labelled, by_direction.get(backward), backward=backward)
            for backward in directions
        ]
        return FitModels(text, labelled, pairs)

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
        function = _function(text.processor.splitter)
        given = self.settings.language_model.with_(backward=backward)

        def make_language_model(folder: Path, resume: bool) -> LanguageModelBundle:
            rest = (text, folder, given, self.engine)
            if pretrained is None:
                return pretrain(*rest, console=self.console, resume=resume)
            return finetune(pretrained, *rest, console=self.console, resume=resume)

        language_model = self.work.stage(
            LANGUAGE_MODELS[backward],
            MARKER,
            lambda path: load_language_model(path, tokenizer=function),
            make_language_model,
        )
        classifier = self.work.stage(
            CLASSIFIERS[backward],
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
            ),
        )
        return Directed(language_model, classifier)


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
