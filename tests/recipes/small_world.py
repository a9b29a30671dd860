"""Small tasks, settings and folders that recipes are tried on."""

import random
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from ulmus.bundle.language_model import LanguageModelBundle
from ulmus.corpus.reader import Corpus
from ulmus.insight.confusion_plot import plot_confusion
from ulmus.insight.plots import plot_history, plot_learning_rates
from ulmus.models.awd_lstm import AwdLstmSettings
from ulmus.models.presets import PRESETS
from ulmus.recipes.classifier_settings import ClassifierTrainingSettings
from ulmus.recipes.fit_settings import FitSettings
from ulmus.recipes.language_model_settings import LanguageModelSettings
from ulmus.recipes.prepare import PrepareSettings, Sources, prepare
from ulmus.recipes.pretrain import pretrain
from ulmus.text.sources import Document
from ulmus.training.engine import Engine, EngineSettings

SIZE = AwdLstmSettings(embedding_size=12, hidden_size=16, layer_count=2)
TELLING = {
    "bad": ("dull", "awful", "grim"),
    "good": ("fine", "lovely", "bright"),
    "mixed": ("odd", "uneven", "long"),
}
PLAIN = ("film", "plot", "scene", "actor", "story", "the", "a")
LANGUAGE_MODEL = LanguageModelSettings(
    model="mini", epochs=1, learning_rate=0.02, batch_size=8, sequence_length=16
)
PICTURES = (
    ("ulmus.recipes.finish.plot_history", plot_history),
    ("ulmus.recipes.evaluate.plot_confusion", plot_confusion),
    ("ulmus.recipes.find_rate.plot_learning_rates", plot_learning_rates),
)
CLASSIFIER = ClassifierTrainingSettings(epochs=2, learning_rate=0.02, batch_size=16)


@contextmanager
def quick_world() -> Iterator[pytest.MonkeyPatch]:
    """Offer a preset `mini`, and draw no pictures, which take most of a small run's time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(PRESETS, "mini", SIZE)
        for name, _drawing in PICTURES:
            patch.setattr(name, _no_picture)
        yield patch


@contextmanager
def real_pictures() -> Iterator[None]:
    """Draw pictures all the same."""
    with pytest.MonkeyPatch.context() as patch:
        for name, drawing in PICTURES:
            patch.setattr(name, drawing)
        yield


def _no_picture(path: Path, *rest: object) -> None:
    path.write_bytes(b"")


def documents(
    count: int, *, seed: int = 0, classes: Sequence[str] = ("bad", "good"), labels: bool = True
) -> list[Document]:
    """Return documents in which one word of seven tells the class."""
    draw = random.Random(seed)
    made = []
    for index in range(count):
        label = classes[index % len(classes)]
        words = [draw.choice(PLAIN) for _ in range(6)]
        words.insert(draw.randrange(7), draw.choice(TELLING[label]))
        made.append(Document((" ".join(words),), label if labels else None))
    return made


def engine(seed: int = 0) -> Engine:
    """Return the CPU with a seed."""
    return Engine(EngineSettings(device="cpu", seed=seed, precision="fp32"))


def prepare_settings(**changes: Any) -> PrepareSettings:
    """Return settings under which every word is known."""
    return PrepareSettings(min_freq=1).with_(**changes)


def fit_settings(**changes: Any) -> FitSettings:
    """Return settings for one or two epochs of a tiny model."""
    quick = FitSettings().with_(
        prepare={"min_freq": 1},
        language_model=LANGUAGE_MODEL,
        classifier=CLASSIFIER,
        engine={"device": "cpu"},
    )
    return quick.with_(**changes)


def corpus(folder: Path, *, count: int = 60, labels: bool = False, **settings: Any) -> Corpus:
    """Write a corpus of documents."""
    made = documents(count, labels=labels)
    read = {"label": "label"} if labels else {}
    return prepare(Sources(made), folder, prepare_settings(source=read, **settings))


def language_model(folder: Path, *, seed: int = 0, **settings: Any) -> LanguageModelBundle:
    """Pretrain a language model below a folder, on a corpus of other documents."""
    made = documents(80, seed=7, labels=False)
    text = prepare(Sources(made), folder / "general", prepare_settings())
    return pretrain(text, folder / "language-model", LANGUAGE_MODEL.with_(**settings), engine(seed))


def weights(folder: Path) -> bytes:
    """Return a bundle's weights as they lie on disk."""
    return (folder / "model.safetensors").read_bytes()


def left_behind(folder: Path) -> list[str]:
    """Return the names below a folder that no finished run leaves."""
    endings = (".work", ".checkpoint", ".part", ".pretraining")
    return sorted(p.name for p in folder.rglob("*") if p.name.endswith(endings))
