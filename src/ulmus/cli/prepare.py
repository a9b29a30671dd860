"""`ulmus prepare`."""

import sys
from contextlib import redirect_stdout
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ulmus.cli.options import (
    SOURCE,
    DocumentKind,
    Encoding,
    LabelColumn,
    Language,
    Out,
    Overrides,
    PrintSettings,
    RayAddress,
    Rules,
    Seed,
    Separator,
    SettingsFile,
    Target,
    Test,
    TextColumns,
    TokenizedBy,
    TokenizerOption,
    Valid,
    ValidShare,
    Workers,
)
from ulmus.cli.standard_input import check_standard_input
from ulmus.cli.values import (
    language_values,
    settled,
    source_values,
)

if TYPE_CHECKING:
    from ulmus.corpus.reader import Corpus
    from ulmus.recipes.prepare import PrepareSettings


def run(
    source: Annotated[list[str], typer.Argument(help=SOURCE, metavar="SOURCE...")],
    out: Out,
    text: TextColumns = None,
    label: LabelColumn = None,
    target: Target = None,
    separator: Separator = None,
    document: DocumentKind = None,
    encoding: Encoding = None,
    valid: Valid = None,
    test: Test = None,
    language: Language = None,
    tokenizer: TokenizerOption = None,
    rules: Rules = None,
    valid_share: ValidShare = None,
    workers: Workers = None,
    engine: TokenizedBy = None,
    ray_address: RayAddress = None,
    settings: SettingsFile = None,
    set_: Overrides = None,
    print_settings: PrintSettings = False,
    seed: Seed = None,
) -> None:
    """Turn text into a corpus: tokens as numbers on disk.

    The vocabulary is built from the training documents.
    """
    from ulmus.cli.showing import show_corpus
    from ulmus.recipes.prepare import PrepareSettings

    chosen = settled(
        PrepareSettings,
        file=settings,
        overrides=set_,
        print_settings=print_settings,
        values={
            "source": source_values(
                text, label, document, encoding, target=target, separator=separator
            ),
            **language_values(language, tokenizer, rules, set_),
            "valid_share": valid_share,
            "workers": workers,
            "engine": engine,
            "ray_address": ray_address,
            "seed": seed,
        },
    )
    check_standard_input([*source, valid, test], tokenizer=chosen.tokenizer)
    show_corpus(_corpus(source, valid, test, out, chosen))


def _corpus(
    names: list[str], valid: str | None, test: str | None, out: Path, settings: "PrepareSettings"
) -> "Corpus":
    from ulmus.recipes.prepare import Sources, prepare
    from ulmus.text.remote_paths import source_path

    paths = [source_path(name) for name in names]
    sources = Sources(train=paths[0] if len(paths) == 1 else paths, valid=valid, test=test)
    with redirect_stdout(sys.stderr):  # where Ray says that a worker died
        return prepare(sources, out, settings)
