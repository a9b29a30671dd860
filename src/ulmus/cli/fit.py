"""`ulmus fit`."""

import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ulmus.cli.options import (
    ActivationStats,
    Blend,
    BothDirections,
    DocumentKind,
    Encoding,
    LabelColumn,
    Language,
    LanguageModels,
    Minutes,
    Model,
    Out,
    Overrides,
    PrintSettings,
    PseudoLabels,
    Resume,
    Rules,
    Seed,
    Separator,
    SettingsFile,
    SourceArgument,
    Target,
    Test,
    TextColumns,
    TokenizerOption,
    Unlabelled,
    Valid,
    Workers,
)
from ulmus.cli.standard_input import check_standard_input
from ulmus.cli.values import (
    fit_values,
    language_values,
    settled,
    source_values,
)
from ulmus.errors import SettingsError

if TYPE_CHECKING:
    from ulmus.recipes.fit_documents import FitSources
    from ulmus.recipes.fit_settings import FitSettings


def run(
    source: SourceArgument,
    out: Out,
    text: TextColumns = None,
    label: LabelColumn = None,
    target: Target = None,
    separator: Separator = None,
    unlabelled: Unlabelled = None,
    valid: Valid = None,
    test: Test = None,
    language_model: LanguageModels = None,
    both_directions: BothDirections = None,
    pseudo_labels: PseudoLabels = None,
    blend: Blend = None,
    minutes: Minutes = None,
    document: DocumentKind = None,
    encoding: Encoding = None,
    language: Language = None,
    tokenizer: TokenizerOption = None,
    rules: Rules = None,
    model: Model = None,
    workers: Workers = None,
    resume: Resume = False,
    activation_stats: ActivationStats = None,
    settings: SettingsFile = None,
    set_: Overrides = None,
    print_settings: PrintSettings = False,
    seed: Seed = None,
) -> None:
    """Train a classifier from texts and labels, and measure it."""
    from ulmus.recipes.fit_settings import FitSettings

    values = fit_values(
        source_values(text, label, document, encoding, target=target, separator=separator),
        language_values(language, tokenizer, rules, set_),
        model=model,
        activation_stats=activation_stats,
        workers=workers,
        seed=seed,
        both_directions=both_directions,
        pseudo_labels=pseudo_labels,
        blend=blend,
        minutes=minutes,
    )
    chosen = settled(
        FitSettings, file=settings, overrides=set_, print_settings=print_settings, values=values
    )
    _refuse_beside(language_model, {"--language": language, "--rules": rules})
    sources = _sources(source, unlabelled, valid, test, chosen, language_model)
    _fit(sources, out, chosen, language_model, tokenizer, resume=resume)


def _sources(
    labelled: str,
    unlabelled: str | None,
    valid: str | None,
    test: str | None,
    settings: "FitSettings",
    language_models: Sequence[Path] | None,
) -> "FitSources":
    """Return the sources, none of which may have to be read twice if it is standard input."""
    from ulmus.recipes.fit_documents import FitSources

    check_standard_input([labelled, unlabelled, valid, test])
    if settings.pseudo_labels is not None:
        check_standard_input([unlabelled, unlabelled])
    if not language_models:
        check_standard_input([unlabelled], tokenizer=settings.prepare.tokenizer)
    return FitSources(labelled=labelled, unlabelled=unlabelled, valid=valid, test=test)


def _refuse_beside(language_models: Sequence[Path] | None, flags: Mapping[str, str | None]) -> None:
    """Refuse flags that say how text is cut where a language model brings that along."""
    for name, value in flags.items():
        if language_models and value is not None:
            raise SettingsError(
                f"{name} with a language model, which brings its rules and its tokenizer",
                given=value,
                accepted=f"{name} without --language-model",
                remedy=f"Leave {name} out",
            )


def _fit(
    sources: "FitSources",
    out: Path,
    settings: "FitSettings",
    language_models: Sequence[Path] | None,
    tokenizer: str | None,
    *,
    resume: bool,
) -> None:
    from ulmus.bundle.reader import load_language_model
    from ulmus.cli.interruption import resumable
    from ulmus.cli.showing import progress_console, say, show_table
    from ulmus.recipes.fit import fit, work_of

    pretrained = None
    if language_models:
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
