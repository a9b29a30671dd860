"""`ulmus evaluate`."""

from pathlib import Path
from typing import Annotated

import typer

from ulmus.cli.options import (
    BundleArgument,
    DocumentKind,
    HandedIn,
    LabelColumn,
    SourceArgument,
    TextColumns,
    source_values,
)


def run(
    bundle: BundleArgument,
    source: SourceArgument,
    text: TextColumns = None,
    label: LabelColumn = "label",
    document: DocumentKind = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", help="Folder for the confusion matrix.", metavar="DIR"),
    ] = None,
    tokenizer: HandedIn = None,
) -> None:
    """Measure a saved model on text: perplexity, or accuracy and macro-F1."""
    from ulmus.bundle.language_model import LanguageModelBundle
    from ulmus.bundle.reader import load
    from ulmus.cli.showing import show_facts
    from ulmus.files import atomic_folder
    from ulmus.recipes.evaluate import (
        evaluate_classifier,
        evaluate_language_model,
        write_confusion,
    )
    from ulmus.settings import resolve
    from ulmus.text.sources import SourceSettings

    model = load(bundle, tokenizer=tokenizer)
    if isinstance(model, LanguageModelBundle):
        settings = resolve(SourceSettings, values=source_values(text, None, document))
        show_facts(evaluate_language_model(model, source, settings))
        return
    settings = resolve(SourceSettings, values=source_values(text, label, document))
    score = evaluate_classifier(model, source, settings)
    show_facts(
        {
            "documents": int(score.confusion.sum()),
            "accuracy": score.accuracy,
            "macro_f1": score.macro_f1,
        }
    )
    if out is not None:
        with atomic_folder(out, "confusion.csv") as folder:
            write_confusion(folder, score)
