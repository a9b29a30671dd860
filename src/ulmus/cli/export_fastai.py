"""`ulmus export-fastai`."""

from ulmus.cli.options import (
    BundleArgument,
    HandedIn,
    Out,
)


def run(bundle: BundleArgument, out: Out, tokenizer: HandedIn = None) -> None:
    """Write a model's weights and vocabulary for fastai.

    A README beside them says how to load them there. A classifier is written whole and, for
    other classes, as its encoder.
    """
    from ulmus.bundle.reader import load
    from ulmus.cli.showing import say
    from ulmus.files import check_replaceable
    from ulmus.recipes.export_fastai import MARKER, export_fastai

    check_replaceable(out, MARKER)
    export_fastai(load(bundle, tokenizer=tokenizer), out)
    say(f"saved: {out}")
