"""`ulmus lr-find`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

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
)
from ulmus.cli.values import (
    settled,
)
from ulmus.errors import SettingsError

if TYPE_CHECKING:
    from ulmus.recipes.find_rate import FindRateSettings


def run(
    corpus: CorpusArgument,
    out: Out,
    bundle: Annotated[
        Path | None,
        typer.Option(
            "--language-model", help="Model to start from; else a new one.", metavar="BUNDLE"
        ),
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
    """Suggest a learning rate, and draw the curve behind it.

    The rate is raised until the loss explodes.
    """
    from ulmus.recipes.find_rate import FindRateSettings

    chosen = settled(
        FindRateSettings,
        file=settings,
        overrides=set_,
        print_settings=print_settings,
        values={"language_model": {"model": model}, "engine": {"seed": seed}},
    )
    if classifier and bundle is None:
        raise SettingsError(
            "a classifier is trained upon a language model, and none is named",
            accepted="--classifier together with --language-model BUNDLE",
            remedy="Name the language model",
        )
    if model is not None and bundle is not None:
        raise SettingsError(
            "a size beside a language model, which has one",
            given=model,
            accepted="--model without --language-model",
            remedy="Leave one of the two out",
        )
    _find(corpus, bundle, out, chosen, classifier=classifier, tokenizer=tokenizer)


def _find(
    corpus: Path,
    bundle: Path | None,
    out: Path,
    settings: "FindRateSettings",
    *,
    classifier: bool,
    tokenizer: str | None,
) -> None:
    from ulmus.bundle.reader import load_language_model
    from ulmus.cli.showing import figure, say
    from ulmus.corpus.reader import open_corpus
    from ulmus.files import check_replaceable
    from ulmus.recipes.find_rate import CURVE, classifier_rate, language_model_rate, write_curve

    check_replaceable(out, CURVE)
    opened = open_corpus(corpus, tokenizer)
    source = load_language_model(bundle, tokenizer=tokenizer) if bundle else None
    if classifier and source is not None:
        curve = classifier_rate(opened, source, settings)
    else:
        curve = language_model_rate(opened, source, settings)
    write_curve(out, curve)
    say(f"suggested learning rate: {figure(curve.suggestion)}", f"saved: {out}")
