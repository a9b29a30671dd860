"""The stages of `fit`, each kept in a work folder until the whole is done."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

from rich.console import Console

from ulmus.bundle.language_model import LanguageModelBundle
from ulmus.bundle.manifest import MARKER
from ulmus.bundle.reader import load_classifier, load_language_model
from ulmus.bundle.text_classifier import TextClassifierBundle
from ulmus.corpus.layout import MANIFEST as CORPUS
from ulmus.corpus.layout import TRAIN, VALID
from ulmus.corpus.reader import Corpus, open_corpus
from ulmus.recipes.classifier_targets import check_targets
from ulmus.recipes.finetune import finetune
from ulmus.recipes.fit_calibration import calibrated, network_answers
from ulmus.recipes.fit_documents import FitDocuments
from ulmus.recipes.fit_settings import FitSettings
from ulmus.recipes.prepare import prepare_documents
from ulmus.recipes.pretrain import pretrain
from ulmus.recipes.pseudo_labels import check_unlabelled, pseudo_labelled
from ulmus.recipes.time_limit import TimeLimit, TrainingTime
from ulmus.recipes.train_classifier import objective_for, train_classifier
from ulmus.recipes.work_folder import WorkFolder
from ulmus.text.sources import Document
from ulmus.text.splitter import TextSplitter
from ulmus.text.tokenizers import Function
from ulmus.text.tokenizers.function import FunctionTokenizer
from ulmus.training.engine import Engine

LANGUAGE_MODELS = ("language-model", "backward-language-model")
TEACHERS = ("teacher", "backward-teacher")
CLASSIFIERS = ("classifier", "backward-classifier")
"""Folders of the stages: the forward one, then the backward one."""

TIME_WEIGHTS = (1.0, 1.5)
"""What a language model's training and a classifier's may take of the time."""


class Directed(NamedTuple):
    """The two models of one direction."""

    language_model: LanguageModelBundle
    classifier: TextClassifierBundle


class FitModels(NamedTuple):
    """All that the stages made.

    Attributes:
        text: What the language models learned.
        labelled: The labelled documents.
        learned: Those and, with pseudo-labels, others: what the classifiers learned.
        pairs: The models of each direction.
    """

    text: Corpus
    labelled: Corpus
    learned: Corpus
    pairs: list[Directed]

    def classifier(self) -> TextClassifierBundle:
        """Return one classifier: the first, with the second, if any, as its companion."""
        return both_of([pair.classifier for pair in self.pairs])


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
        self.settings.language_model.encoder()  # an unknown size is told before the work
        check_unlabelled(self.documents, self.settings.pseudo_labels)
        text = self.text_corpus(pretrained, tokenize)
        labelled = self.labelled_corpus(text)
        check_targets(labelled)
        objective_for(labelled, self.settings.classifier)  # so are settings that do not go with it
        models = [
            self.language_model(text, model, backward=backward)
            for backward, model in self.directions(pretrained).items()
        ]
        return self.classified(text, labelled, models)

    def classified(
        self, text: Corpus, labelled: Corpus, models: Sequence[LanguageModelBundle]
    ) -> FitModels:
        """Return the classifiers upon the language models of one or both directions.

        Args:
            text: The language models' corpus.
            labelled: The classifiers'.
            models: The language models.
        """
        learned = labelled
        if self.settings.pseudo_labels is not None:
            teachers = [self.classifier(model, labelled, TEACHERS) for model in models]
            learned = self.pseudo_labelled_corpus(text, labelled, both_of(teachers))
        classifiers = [self.classifier(model, learned, CLASSIFIERS) for model in models]
        pairs = [Directed(*pair) for pair in zip(models, classifiers, strict=True)]
        return FitModels(text, labelled, learned, pairs)

    def directions(
        self, pretrained: Sequence[LanguageModelBundle]
    ) -> dict[bool, LanguageModelBundle | None]:
        """Return for each direction, False for forward, the model to start from, if any."""
        found = {model.manifest.backward: model for model in pretrained}
        as_asked = self.settings.both_directions or not found
        directions = self.settings.directions if as_asked else sorted(found)
        return {backward: found.get(backward) for backward in directions}

    def text_corpus(
        self, pretrained: Sequence[LanguageModelBundle], tokenize: Function | None
    ) -> Corpus:
        """Return the text the language model learns, with a vocabulary of its own.

        Args:
            pretrained: Models to start from: they bring rules and tokenizer, and their words.
            tokenize: A function tokenizer handed in.
        """
        splitter, known = None, None
        if pretrained:
            splitter, known = pretrained[0].processor.splitter, pretrained[0].processor.vocabulary

        def make(folder: Path, resume: bool) -> Corpus:  # noqa: ARG001 - made at one go
            return prepare_documents(
                self.documents.texts,
                folder,
                self.settings.prepare,
                tokenize=tokenize,
                splitter=splitter,
                known=known if self.settings.language_model.keep_words else None,
                provenance=self.documents.provenance(),
            )

        function = handed_in(tokenize or self.settings.prepare.tokenizer)
        if splitter is not None:
            function = _function(splitter)
        return self.work.stage("text", CORPUS, lambda path: open_corpus(path, function), make)

    def labelled_corpus(self, text: Corpus) -> Corpus:
        """Return the labelled documents, in the vocabulary of the language model's text."""
        return self._labelled_stage("labelled", self.documents.labelled, text)

    def _labelled_stage(
        self, name: str, documents: Callable[[], Iterator[tuple[str, Document]]], text: Corpus
    ) -> Corpus:
        def make(folder: Path, resume: bool) -> Corpus:  # noqa: ARG001 - made at one go
            return prepare_documents(
                documents,
                folder,
                self.settings.prepare,
                splitter=text.processor.splitter,
                vocabulary=text.vocabulary,
                provenance=self.documents.provenance(),
            )

        function = _function(text.processor.splitter)
        return self.work.stage(name, CORPUS, lambda path: open_corpus(path, function), make)

    def pseudo_labelled_corpus(
        self, text: Corpus, labelled: Corpus, teacher: TextClassifierBundle
    ) -> Corpus:
        """Return the labelled documents with others, to which a classifier gave labels.

        Args:
            text: The language model's corpus.
            labelled: The labelled documents, by which the classifier is calibrated.
            teacher: The classifier.
        """
        confidence = self.settings.pseudo_labels
        assert confidence is not None  # else nobody asks
        sure = calibrated(teacher, labelled, network_answers(teacher, labelled, VALID), None)
        known = {document.columns for document in self.documents.split.train}

        def more() -> Iterator[tuple[str, Document]]:
            yield from self.documents.labelled()
            others = (d for d in self.documents.without_labels() if d.columns not in known)
            for document in pseudo_labelled(sure, others, confidence):
                yield TRAIN, document

        return self._labelled_stage("pseudo-labelled", more, text)

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
        self, language_model: LanguageModelBundle, labelled: Corpus, names: Sequence[str]
    ) -> TextClassifierBundle:
        """Return a classifier upon a language model, of its direction.

        Args:
            language_model: What it stands upon.
            labelled: What it learns.
            names: The stage that it is, in each direction.
        """
        function = _function(labelled.processor.splitter)
        return self.work.stage(
            names[language_model.manifest.backward],
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
        kinds = [LANGUAGE_MODELS, CLASSIFIERS]
        if self.settings.pseudo_labels is not None:
            kinds.insert(1, TEACHERS)
        directions = [any(name == kind[True] for kind in kinds)]
        if self.settings.both_directions:
            directions = [False, True]
        names = [kind[backward] for kind in kinds for backward in directions]
        weights = [TIME_WEIGHTS[n not in LANGUAGE_MODELS] for n in names[names.index(name) :]]
        limit = TimeLimit(self.settings.minutes, self.started)
        return TrainingTime(limit.share(weights), self.work.path / f"{name}.passes")


def both_of(classifiers: Sequence[TextClassifierBundle]) -> TextClassifierBundle:
    """Return one classifier: the first, with the second, if any, as its companion."""
    first, *rest = classifiers
    return replace(first, backward=rest[0] if rest else None)


def handed_in(tokenizer: str | Function) -> str | Function | None:
    """Return a function tokenizer, or its name, which opening a corpus needs; else None."""
    named = isinstance(tokenizer, str) and not tokenizer.startswith("function:")
    return None if named else tokenizer


def _function(splitter: TextSplitter) -> Function | None:
    """Return a splitter's tokenizer function, which no folder brings along."""
    tokenizer = splitter.tokenizer
    return tokenizer.function if isinstance(tokenizer, FunctionTokenizer) else None
