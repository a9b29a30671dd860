"""`ulmus inspect`."""

from pathlib import Path
from typing import Annotated

import typer

STORIES = ("metrics", "provenance")
"""What is shown last, for it may be long."""

OF_CLASSIFIERS = (
    *("classifier", "target", "separator", "labels", "number", "both_directions"),
    *("calibration", "ngrams_hash"),
)


def run(
    folder: Annotated[
        Path, typer.Argument(help="A saved model or a corpus.", metavar="BUNDLE|CORPUS")
    ],
) -> None:
    """Show what a saved model or a corpus is, without loading it."""
    from ulmus.bundle.manifest import MARKER, read_manifest
    from ulmus.bundle.packaged import located
    from ulmus.cli.showing import show_facts
    from ulmus.corpus.layout import MANIFEST, CorpusManifest

    folder = located(folder)
    if (folder / MANIFEST).exists() and not (folder / MARKER).exists():
        facts = {"kind": "corpus", **CorpusManifest.load(folder).model_dump(mode="json")}
    else:
        facts = read_manifest(folder).model_dump(mode="json")
        if facts["kind"] == "language-model":
            facts = {name: fact for name, fact in facts.items() if name not in OF_CLASSIFIERS}
    stories = {name: facts.pop(name) for name in STORIES if name in facts}
    show_facts({**facts, **_processor_facts(folder), **stories})


def _processor_facts(folder: Path) -> dict[str, str]:
    """Return the names of rules and tokenizer; a function's is what --tokenizer has to say."""
    from ulmus.bundle.manifest import PROCESSOR
    from ulmus.text.processor import read_description

    stored = read_description(folder / PROCESSOR)
    return {"rules": stored["rules"], "tokenizer": stored["tokenizer"]["spec"]}
