"""The whole ULMFiT path over the library, on text that every installation carries.

Paper: Howard, Ruder, "Universal Language Model Fine-tuning for Text Classification" (2018).
"""

from itertools import islice
from pathlib import Path
from typing import NamedTuple

from ulmus.bundle.language_model import LanguageModelBundle
from ulmus.bundle.text_classifier import TextClassifierBundle
from ulmus.recipes.classifier_settings import ClassifierTrainingSettings
from ulmus.recipes.docstrings import STANDARD_LIBRARY, docstrings, spaced
from ulmus.recipes.finetune import finetune
from ulmus.recipes.labelled_corpus import prepare_labelled
from ulmus.recipes.language_model_settings import LanguageModelSettings
from ulmus.recipes.prepare import PrepareSettings, Sources, prepare
from ulmus.recipes.pretrain import pretrain
from ulmus.recipes.train_classifier import train_classifier
from ulmus.text.sources import Document, SourceSettings
from ulmus.training.engine import Engine


class Size(NamedTuple):
    """How much is read, and how long is trained.

    Args:
        packages: Whose docstrings are told apart.
        general: Docstrings of the standard library to pretrain on.
        domain: Docstrings of each package.
        labelled: How many of each package have a label.
        test: How many of each package are kept for the end.
        model: Preset of the model's size.
        epochs: Of pretraining, fine-tuning and the classifier.
    """

    packages: tuple[str, ...]
    general: int
    domain: int
    labelled: int
    test: int
    model: str
    epochs: tuple[int, int, int]


FULL = Size(("numpy", "scipy", "sklearn", "matplotlib"), 2500, 600, 50, 100, "small", (3, 2, 20))
QUICK = Size(("numpy", "sklearn"), 60, 60, 30, 20, "tiny", (1, 1, 1))


class Texts(NamedTuple):
    """Docstrings: general ones, those of the domain, some with labels, and some for the end."""

    general: list[str]
    domain: list[str]
    labelled: list[Document]
    test: list[Document]


class Bundles(NamedTuple):
    """What the three stages made."""

    pretrained: LanguageModelBundle
    finetuned: LanguageModelBundle
    classifier: TextClassifierBundle


def read_texts(size: Size) -> Texts:
    """Read docstrings; the label of one is the package it stands in."""
    general = _some(STANDARD_LIBRARY, size.general)
    domain: list[str] = []
    labelled: list[Document] = []
    test: list[Document] = []
    for package in size.packages:
        found = _some(package, size.domain)
        documents = [Document((text,), package) for text in found]
        test += documents[:: max(1, len(found) // size.test)][: size.test]
        kept = [each for each in documents if each not in test]
        labelled += spaced(kept, size.labelled)
        domain += [each.text for each in kept]
    return Texts(general, domain, labelled, test)


def _some(package: str, count: int) -> list[str]:
    """Return docstrings at even distances, or the first ones where few are asked for."""
    few = count <= QUICK.domain
    return (
        list(islice(docstrings(package), count))
        if few
        else spaced(list(docstrings(package)), count)
    )


def ulmfit(texts: Texts, size: Size, folder: Path, engine: Engine) -> Bundles:
    """Pretrain, fine-tune, classify.

    Args:
        texts: What is read.
        size: How much, and how long.
        folder: Where corpora and models are kept.
        engine: Where training runs.
    """
    pretraining, finetuning, classifying = size.epochs
    words = PrepareSettings(min_freq=2, seed=engine.seed)

    # First a language model of general text: what words are, and how sentences go on.
    general = prepare(Sources(train=texts.general), folder / "general", words)
    how = LanguageModelSettings(model=size.model, epochs=pretraining)
    pretrained = pretrain(general, folder / "pretrained", how, engine)

    # Then the same model goes on with the domain's text, in the domain's words.
    splitter = pretrained.processor.splitter
    domain = prepare(Sources(train=texts.domain), folder / "domain", words, splitter=splitter)
    how = LanguageModelSettings(epochs=finetuning, frozen_epochs=1)
    finetuned = finetune(pretrained, domain, folder / "finetuned", how, engine)

    # Last a classifier, which keeps the encoder and its words, and learns from few labels.
    labelled = prepare_labelled(
        texts.labelled,
        folder / "labelled",
        words.with_(source=SourceSettings(label="label")),
        splitter=splitter,
        vocabulary=finetuned.processor.vocabulary,
    )
    how_to_classify = ClassifierTrainingSettings(
        epochs=classifying, batch_size=8, learning_rate=4e-3, dropout_multiplier=0.3
    )
    classifier = train_classifier(
        finetuned, labelled, folder / "classifier", how_to_classify, engine
    )
    return Bundles(pretrained, finetuned, classifier)
