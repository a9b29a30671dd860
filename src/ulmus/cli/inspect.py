"""`ulmus inspect`."""

from pathlib import Path
from typing import Annotated

import typer


def run(
    folder: Annotated[
        Path, typer.Argument(help="A saved model or a corpus.", metavar="BUNDLE|CORPUS")
    ],
) -> None:
    """Show what a saved model or a corpus is, without loading it."""
    from ulmus.bundle.manifest import MARKER, read_manifest
    from ulmus.cli.showing import show_facts
    from ulmus.corpus.layout import MANIFEST, CorpusManifest

    if (folder / MANIFEST).exists() and not (folder / MARKER).exists():
        show_facts(CorpusManifest.load(folder).model_dump(mode="json"))
    else:
        show_facts(read_manifest(folder).model_dump(mode="json"))
