"""`ulmus lr-find`."""

from pathlib import Path
from typing import Annotated

import typer

from ulmus.cli.options import (
    CorpusArgument,
    HandedIn,
    Model,
    Out,
    Overrides,
    PrintSettings,
    Seed,
    SettingsFile,
    settled,
)
from ulmus.errors import SettingsError


def run(
    corpus: CorpusArgument,
    out: Out,
    bundle: Annotated[
        Path | None,
        typer.Option("--language-model", help="Model to start from.", metavar="BUNDLE"),
    ] = None,
    classifier: Annotated[
        bool, typer.Option("--classifier", help="For a classifier upon that model.")
    ] = False,
    model: Model = None,
    tokenizer: HandedIn = None,
    settings: SettingsFile = None,
    set_: Overrides = None,
    print_settings: PrintSettings = False,
    seed: Seed = None,
) -> None:
    """Find a learning rate: raise it until the loss explodes, and draw the curve."""
    from ulmus.bundle.reader import load_language_model
    from ulmus.cli.showing import show_facts
    from ulmus.corpus.reader import open_corpus
    from ulmus.recipes.find_rate import (
        FindRateSettings,
        classifier_rate,
        language_model_rate,
        write_curve,
    )

    chosen = settled(
        FindRateSettings,
        file=settings,
        overrides=set_,
        print_settings=print_settings,
        values={"language_model": {"model": model}, "engine": {"seed": seed}},
    )
    opened = open_corpus(corpus, tokenizer)
    source = load_language_model(bundle, tokenizer=tokenizer) if bundle else None
    if not classifier:
        curve = language_model_rate(opened, source, chosen)
    elif source is not None:
        curve = classifier_rate(opened, source, chosen)
    else:
        raise SettingsError(
            "a classifier is trained upon a language model",
            accepted="--classifier together with --language-model BUNDLE",
            remedy="Name the language model",
        )
    write_curve(out, curve)
    show_facts({"suggestion": curve.suggestion, "curve": str(out)})
