"""`ulmus shrink`."""

from typing import Annotated, Literal

import typer

from ulmus.cli.options import (
    BundleArgument,
    HandedIn,
    Out,
)


def run(
    bundle: BundleArgument,
    out: Out,
    storage: Annotated[
        Literal["int8", "bf16", "fp32"],
        typer.Option("--storage", help="int8 takes a fourth of fp32's bytes, bf16 a half."),
    ] = "int8",
    tokenizer: HandedIn = None,
) -> None:
    """Write a model in fewer bytes, with its weights rounded.

    It is used as before; only what lies on the disk is smaller.
    """
    from ulmus.bundle.manifest import MARKER, WEIGHTS
    from ulmus.bundle.packaged import located
    from ulmus.bundle.reader import load
    from ulmus.bundle.writer import in_storage, write_bundle
    from ulmus.cli.showing import say
    from ulmus.files import atomic_folder, check_replaceable

    check_replaceable(out, MARKER)
    folder = located(bundle)
    whole = load(folder, tokenizer=tokenizer)
    with atomic_folder(out, MARKER) as temporary:
        write_bundle(temporary, in_storage(whole, storage))
    sizes = (sum(f.stat().st_size for f in at.rglob(WEIGHTS)) / 1e6 for at in (folder, out))
    before, after = sizes
    say(f"saved: {out} ({after:.1f} MB of weights, from {before:.1f})")
