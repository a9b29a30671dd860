"""`ulmus predict`."""

from contextlib import nullcontext
from pathlib import Path
from typing import Annotated

import typer

from ulmus.cli.options import (
    AbstainBelow,
    BundleArgument,
    ComputedIn,
    DocumentKind,
    Encoding,
    HandedIn,
    SourceArgument,
    TextColumns,
)
from ulmus.cli.values import (
    source_values,
)
from ulmus.errors import SettingsError


def run(
    bundle: BundleArgument,
    source: SourceArgument,
    out: Annotated[
        Path | None,
        typer.Option("--out", help="CSV file to write, not standard output.", metavar="FILE"),
    ] = None,
    all_classes: Annotated[
        bool, typer.Option("--all-classes", help="Add the probability of each class or tag.")
    ] = False,
    abstain_below: AbstainBelow = 0.0,
    text: TextColumns = None,
    document: DocumentKind = None,
    encoding: Encoding = None,
    precision: ComputedIn = "fp32",
    tokenizer: HandedIn = None,
) -> None:
    """Name the class, tags or number of every text, as CSV.

    The rows are in the order of the source, and an empty text gets one too.
    """
    from ulmus.bundle.reader import load_classifier
    from ulmus.cli.showing import text_output
    from ulmus.files import atomic_text
    from ulmus.recipes.predict import predict_source, write_predictions
    from ulmus.settings import resolve
    from ulmus.text.sources import SourceSettings

    model = load_classifier(bundle, tokenizer=tokenizer, precision=precision)
    if all_classes and model.manifest.target == "number":
        raise SettingsError(
            "--all-classes with a model that says numbers",
            given=bundle,
            accepted="--all-classes with classes and tags",
            remedy="Leave it out",
        )
    settings = resolve(SourceSettings, values=source_values(text, None, document, encoding))
    model.check_abstaining(abstain_below)
    predictions = predict_source(model, source, settings, abstain_below=abstain_below)
    with nullcontext(text_output()) if out is None else atomic_text(out) as file:
        write_predictions(
            file,
            predictions,
            model.labels,
            all_classes=all_classes,
            separator=model.manifest.separator,
        )
