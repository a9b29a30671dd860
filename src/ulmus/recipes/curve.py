"""How good classifiers are with few labels and with more, beside linear models."""

import csv
import shutil
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator
from rich.console import Console
from rich.table import Table

from ulmus.bundle.language_model import LanguageModelBundle
from ulmus.corpus.layout import TEST, VALID
from ulmus.corpus.reader import Corpus
from ulmus.errors import SettingsError
from ulmus.evaluation.classification import score_classification
from ulmus.files import atomic_folder, atomic_text, check_replaceable, claimed, fingerprint
from ulmus.insight.curve_plot import plot_curve
from ulmus.recipes.drawn_labels import check_count, draw_labels
from ulmus.recipes.finish import QUIET, beside
from ulmus.recipes.fit_calibration import calibration_of, network_answers
from ulmus.recipes.fit_documents import FitDocuments, FitSources, gather
from ulmus.recipes.fit_settings import FitSettings
from ulmus.recipes.fit_stages import FitModels, FitStages
from ulmus.recipes.linear_models import linear_models
from ulmus.recipes.starting_models import check_pretrained, starting_models
from ulmus.recipes.work_folder import WorkFolder
from ulmus.training.engine import Engine

TABLE, PICTURE = "curve.csv", "curve.png"
NETWORK, BLENDED = "classifier", "classifier, blended"
MACHINE, REGRESSION = "TF-IDF + LinearSVC", "TF-IDF + logistic regression"


class CurveSettings(FitSettings):
    """Everything `ulmus curve` can be told.

    Args:
        labels: The numbers of labels; those beyond what there is are left out.
        draws: How often each number is drawn.
    """

    labels: tuple[int, ...] = (50, 100, 200, 500, 1000)
    draws: int = Field(3, ge=1)

    @model_validator(mode="after")
    def _takes_its_time(self) -> Self:
        idle = [name for name in ("minutes", "blend") if getattr(self, name)]
        if idle:
            raise ValueError(f"{idle[0]} has no effect on a curve")
        return self


class CurveRow(NamedTuple):
    """One model trained with one draw of labels."""

    labels: int
    draw: int
    model: str
    accuracy: float
    macro_f1: float


def curve(
    sources: FitSources,
    out: Path,
    settings: CurveSettings,
    *,
    language_models: Sequence[LanguageModelBundle] | None = None,
    console: Console = QUIET,
) -> list[CurveRow]:
    """Train with more and more labels, several draws each, and write table and picture.

    One language model learns the texts of all documents but the test's, as if the others had no
    labels; each draw trains a classifier upon it.

    Args:
        sources: Labelled documents, and what else there is.
        out: The folder for `curve.csv` and `curve.png`.
        settings: How.
        language_models: As for `fit`.
        console: Where progress is shown.

    Raises:
        LabelError: No number of labels can be drawn.
        OutputError: The folder is taken by something else, or cannot be written.
        SettingsError: The labels are no classes.
    """
    if settings.prepare.source.target != "class":
        raise SettingsError(
            "a curve of labels that are no classes",
            given=settings.prepare.source.target,
            accepted="class",
            remedy="Leave --target out",
        )
    check_replaceable(out, TABLE)
    check_pretrained(language_models or ())
    with claimed(out):
        documents = gather(sources, settings.prepare, test_share=settings.test_share)
        if language_models is None:
            language_models = starting_models(settings, documents.split.train)
        work = beside(out, "work")
        rows: list[CurveRow] = []
        try:
            for drawn in _drawn(documents, work, settings, language_models, console):
                rows += drawn
        finally:
            shutil.rmtree(work, ignore_errors=True)
        with atomic_folder(out, TABLE) as folder:
            write_rows(folder / TABLE, rows)
            plot_curve(folder / PICTURE, by_model(rows), name="accuracy on the test documents")
    return rows


def by_model(rows: Sequence[CurveRow]) -> dict[str, dict[int, list[float]]]:
    """Return the accuracies of all draws by model and number of labels."""
    found: dict[str, dict[int, list[float]]] = defaultdict(lambda: defaultdict(list))
    for row in rows:
        found[row.model][row.labels].append(row.accuracy)
    return found


def curve_table(rows: Sequence[CurveRow]) -> Table:
    """Return the mean accuracy of each model by the number of labels, for a terminal."""
    figures = by_model(rows)
    table = Table("labels", *figures, title="Accuracy on the test documents, mean of the draws")
    for count in sorted({row.labels for row in rows}):
        means = [f"{np.mean(by_count[count]):.3f}" for by_count in figures.values()]
        table.add_row(f"{count:,}", *means)
    return table


def write_rows(path: Path, rows: Sequence[CurveRow]) -> None:
    """Write a row a model and draw as CSV."""
    with atomic_text(path) as file:
        writer = csv.writer(file)
        writer.writerow(CurveRow._fields)
        writer.writerows((*row[:3], *(f"{figure:.6f}" for figure in row[3:])) for row in rows)


def _drawn(
    documents: FitDocuments,
    work: Path,
    settings: CurveSettings,
    pretrained: Sequence[LanguageModelBundle],
    console: Console,
) -> Iterator[list[CurveRow]]:
    counts = _counts(documents, settings.labels)
    folder = _opened(work, documents, settings)
    stages = FitStages(folder, documents, settings, Engine(settings.engine), console)
    text = stages.text_corpus(pretrained, None)
    models = [
        stages.language_model(text, model, backward=backward)
        for backward, model in stages.directions(pretrained).items()
    ]
    for count in counts:
        for draw in range(settings.draws):
            share, seed = settings.prepare.valid_share, settings.prepare.seed + draw
            drawn = draw_labels(documents, count, valid_share=share, seed=seed)
            own = settings.with_(engine={"seed": settings.engine.seed + draw})
            at = _opened(work / f"{count}-{draw}", drawn, own)
            stages = FitStages(at, drawn, own, Engine(own.engine), console)
            labelled = stages.labelled_corpus(text)
            predicted = _predicted(stages.classified(text, labelled, models), drawn)
            yield [_row(count, draw, name, labelled, said) for name, said in predicted.items()]
            shutil.rmtree(at.path)


def _opened(path: Path, documents: FitDocuments, settings: CurveSettings) -> WorkFolder:
    folder = WorkFolder(path, resume=False)
    folder.open(fingerprint([documents.identity(), settings.model_dump(mode="json")]))
    return folder


def _counts(documents: FitDocuments, asked: Sequence[int]) -> list[int]:
    """Return the numbers of labels that can be drawn.

    Raises:
        LabelError: None of them can.
    """
    known = [*documents.split.train, *documents.split.valid]
    classes = len({document.label for document in known})
    fewest = sorted(set(asked))[0]
    check_count(fewest, classes, len(known))
    return [count for count in sorted(set(asked)) if count <= len(known)]


def _predicted(models: FitModels, documents: FitDocuments) -> dict[str, NDArray[Any]]:
    """Return what each model says of the test documents."""
    labelled, bundle = models.labelled, models.classifier()
    valid, test = (network_answers(bundle, labelled, name) for name in (VALID, TEST))
    linear = linear_models(labelled, documents)
    logistic = linear.logistic
    assert logistic is not None  # labels are classes
    blend = calibration_of(labelled, valid, logistic)
    return {
        NETWORK: bundle.targets(test),
        BLENDED: bundle.targets(blend.apply(test, logistic.test)),
        MACHINE: linear.predicted,
        REGRESSION: bundle.targets(logistic.test),
    }


def _row(count: int, draw: int, name: str, labelled: Corpus, said: NDArray[Any]) -> CurveRow:
    true = np.asarray(labelled.split(TEST).targets)
    score = score_classification(true, said, labelled.labels)
    return CurveRow(count, draw, name, score.accuracy, score.macro_f1)
