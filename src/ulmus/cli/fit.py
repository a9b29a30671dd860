"""`ulmus fit`."""

import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ulmus.cli.options import (
    BothDirections,
    DocumentKind,
    LabelColumn,
    LanguageModels,
    Model,
    Out,
    Overrides,
    PrintSettings,
    Resume,
    Seed,
    SettingsFile,
    SourceArgument,
    Test,
    TextColumns,
    TokenizerOption,
    Unlabelled,
    Valid,
    Workers,
    settled,
    source_values,
)
from ulmus.cli.standard_input import check_standard_input

if TYPE_CHECKING:
    from ulmus.recipes.fit_documents import FitSources
    from ulmus.recipes.fit_settings import FitSettings


def run(
    source: SourceArgument,
    out: Out,
    text: TextColumns = None,
    label: LabelColumn = None,
    unlabelled: Unlabelled = None,
    valid: Valid = None,
    test: Test = None,
    language_model: LanguageModels = None,
    both_directions: BothDirections = None,
    document: DocumentKind = None,
    tokenizer: TokenizerOption = None,
    model: Model = None,
    workers: Workers = None,
    resume: Resume = False,
    settings: SettingsFile = None,
    set_: Overrides = None,
    print_settings: PrintSettings = False,
    seed: Seed = None,
) -> None:
    """Train a classifier from texts and labels, and measure it.

    Some documents are held out to measure it on, unless --test names others.
    """
    from ulmus.recipes.fit_documents import FitSources
    from ulmus.recipes.fit_settings import FitSettings

    prepared = {
        "source": source_values(text, label, document),
        "tokenizer": tokenizer,
        "workers": workers,
        "seed": seed,
    }
    chosen = settled(
        FitSettings,
        file=settings,
        overrides=set_,
        print_settings=print_settings,
        values={
            "prepare": prepared,
            "language_model": {"model": model},
            "engine": {"seed": seed},
            "both_directions": both_directions,
        },
    )
    check_standard_input([source, unlabelled, valid, test])
    if not language_model:
        check_standard_input([unlabelled], tokenizer=chosen.prepare.tokenizer)
    sources = FitSources(labelled=source, unlabelled=unlabelled, valid=valid, test=test)
    _fit(sources, out, chosen, language_model or (), tokenizer=tokenizer, resume=resume)


def _fit(
    sources: "FitSources",
    out: Path,
    settings: "FitSettings",
    language_models: Sequence[Path],
    *,
    tokenizer: str | None,
    resume: bool,
) -> None:
    from ulmus.bundle.reader import load_language_model
    from ulmus.cli.interruption import resumable
    from ulmus.cli.showing import progress_console, say, show_table
    from ulmus.recipes.fit import fit, work_of

    pretrained = [load_language_model(path, tokenizer=tokenizer) for path in language_models]
    with resumable(work_of(out)):
        result = fit(
            sources,
            out,
            settings,
            language_models=pretrained,
            console=progress_console(),
            resume=resume,
        )
    show_table(result.report.as_table())
    say(
        result.report.verdict,
        f"saved: {out}",
        f"next: {shlex.join(_prediction(out, settings))} SOURCE",
    )


def _prediction(out: Path, settings: "FitSettings") -> list[str]:
    """Return the command that uses the model, with what it has to be told again."""
    from ulmus.text.sources import SourceSettings

    columns = settings.prepare.source.text
    named = [part for column in columns for part in ("--text", column)]
    spec = settings.prepare.tokenizer
    handed_in = ["--tokenizer", spec] if spec.startswith("function:") else []
    return [
        *("ulmus", "predict", str(out)),
        *(named if columns != SourceSettings().text else ()),
        *handed_in,
    ]
