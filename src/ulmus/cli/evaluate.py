"""`ulmus evaluate`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ulmus.cli.options import (
    BundleArgument,
    ComputedIn,
    DocumentKind,
    Encoding,
    HandedIn,
    LabelColumn,
    Separator,
    SourceArgument,
    TextColumns,
)
from ulmus.cli.values import (
    source_values,
)
from ulmus.errors import SettingsError

if TYPE_CHECKING:
    from ulmus.bundle.text_classifier import TextClassifierBundle
    from ulmus.text.sources import SourceSettings


def run(
    bundle: BundleArgument,
    source: SourceArgument,
    text: TextColumns = None,
    label: LabelColumn = None,
    separator: Separator = None,
    document: DocumentKind = None,
    encoding: Encoding = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", help="Folder for the confusion matrix or the like.", metavar="DIR"),
    ] = None,
    precision: ComputedIn = "fp32",
    tokenizer: HandedIn = None,
) -> None:
    """Measure perplexity, or accuracy and the like, on text.

    A language model is measured by its perplexity; a classifier needs labels, in a column named
    'label' if --label names no other.
    """
    from ulmus.bundle.language_model import LanguageModelBundle
    from ulmus.bundle.reader import load
    from ulmus.cli.showing import show_figures
    from ulmus.recipes.evaluate import evaluate_language_model
    from ulmus.settings import resolve
    from ulmus.text.sources import SourceSettings

    model = load(bundle, tokenizer=tokenizer, precision=precision)
    if not isinstance(model, LanguageModelBundle):
        manifest = model.manifest
        values = source_values(
            text,
            label or "label",
            document,
            encoding,
            target=manifest.target,
            separator=separator or manifest.separator,
        )
        _evaluate_classifier(model, source, resolve(SourceSettings, values=values), out)
        return
    if label is not None or separator is not None or out is not None:
        raise SettingsError(
            "--label, --separator and --out are for classifiers, and this is a language model",
            given=bundle,
            accepted="a text-classifier bundle, or none of the three",
            remedy="Leave them out",
        )
    settings = resolve(SourceSettings, values=source_values(text, None, document, encoding))
    show_figures(evaluate_language_model(model, source, settings).items())


def _evaluate_classifier(
    model: "TextClassifierBundle", source: str, settings: "SourceSettings", out: Path | None
) -> None:
    from ulmus.cli.showing import say, show_figures
    from ulmus.files import atomic_folder, check_replaceable
    from ulmus.insight.report import figure_name
    from ulmus.recipes.evaluate import evaluate_classifier, story_of, write_score

    if out is not None:
        check_replaceable(out, story_of(model.manifest.target))
    score = evaluate_classifier(model, source, settings)
    figures = {figure_name(name): value for name, value in score.figures.items()}
    show_figures({"documents": score.document_count, **figures}.items())
    if out is not None:
        with atomic_folder(out, story_of(model.manifest.target)) as folder:
            write_score(folder, score)
        say(f"saved: {out}")
