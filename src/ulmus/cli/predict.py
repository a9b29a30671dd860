"""`ulmus predict`."""

from contextlib import nullcontext
from io import TextIOWrapper
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
from ulmus.cli.standard_input import STANDARD_INPUT
from ulmus.cli.values import (
    source_values,
)
from ulmus.errors import SettingsError
from ulmus.launch import launch


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

    The rows are in the order of the source, and an empty text gets one too. From - each is
    answered when it has come, or with those that come at the same time.
    """
    import sys

    from ulmus.bundle.reader import load_classifier
    from ulmus.cli.showing import text_output
    from ulmus.files import atomic_text
    from ulmus.recipes.predict import predict_source, write_predictions
    from ulmus.settings import resolve
    from ulmus.text.sources import SourceSettings
    from ulmus.training.processes import join_processes

    _check_source(source)
    model = load_classifier(bundle, tokenizer=tokenizer, precision=precision)
    _check_all_classes(all_classes, model.manifest.target, bundle)
    settings = resolve(SourceSettings, values=source_values(text, None, document, encoding))
    model.check_abstaining(abstain_below)
    if source == STANDARD_INPUT and isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(line_buffering=True)  # who writes to us waits for what we say
    processes = join_processes()
    said = predict_source(model, source, settings, abstain_below=abstain_below, processes=processes)
    written = out if processes.told.leads else None  # others have nowhere to write to
    with nullcontext(text_output()) if written is None else atomic_text(written) as file:
        write_predictions(
            file,
            said,
            model.labels,
            all_classes=all_classes,
            separator=model.manifest.separator,
        )


def _check_all_classes(wanted: bool, target: str, bundle: Path) -> None:
    if wanted and target == "number":
        raise SettingsError(
            "--all-classes with a model that says numbers",
            given=bundle,
            accepted="--all-classes with classes and tags",
            remedy="Leave it out",
        )


def _check_source(source: str) -> None:
    if source == STANDARD_INPUT and launch().processes > 1:
        raise SettingsError(
            "standard input can be read by one process only",
            given=source,
            accepted="a file or a folder with several processes",
            remedy="Write it to a file, or run without torchrun",
        )
