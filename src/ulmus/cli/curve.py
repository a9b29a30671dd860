"""`ulmus curve`."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ulmus.cli.options import (
    BothDirections,
    DocumentKind,
    Draws,
    Encoding,
    LabelColumn,
    LabelCounts,
    Language,
    LanguageModels,
    Model,
    Out,
    Overrides,
    PrintSettings,
    PseudoLabels,
    Rules,
    Seed,
    SettingsFile,
    SourceArgument,
    Test,
    TextColumns,
    TokenizerOption,
    Unlabelled,
    Workers,
)
from ulmus.cli.standard_input import check_standard_input
from ulmus.cli.values import (
    fit_values,
    language_values,
    settled,
    source_values,
)

if TYPE_CHECKING:
    from ulmus.recipes.curve import CurveSettings


def run(
    source: SourceArgument,
    out: Out,
    text: TextColumns = None,
    label: LabelColumn = None,
    labels: LabelCounts = None,
    draws: Draws = None,
    unlabelled: Unlabelled = None,
    test: Test = None,
    language_model: LanguageModels = None,
    both_directions: BothDirections = None,
    pseudo_labels: PseudoLabels = None,
    document: DocumentKind = None,
    encoding: Encoding = None,
    language: Language = None,
    tokenizer: TokenizerOption = None,
    rules: Rules = None,
    model: Model = None,
    workers: Workers = None,
    settings: SettingsFile = None,
    set_: Overrides = None,
    print_settings: PrintSettings = False,
    seed: Seed = None,
) -> None:
    """Measure classifiers with few labels and with more.

    All texts but the test's are learned by one language model, as if they had no labels. Linear
    models are measured beside the classifiers.
    """
    from ulmus.recipes.curve import CurveSettings

    chosen = settled(
        CurveSettings,
        file=settings,
        overrides=set_,
        print_settings=print_settings,
        values=fit_values(
            source_values(text, label, document, encoding),
            language_values(language, tokenizer, rules, set_),
            model=model,
            workers=workers,
            seed=seed,
            both_directions=both_directions,
            pseudo_labels=pseudo_labels,
            labels=tuple(labels) if labels else None,
            draws=draws,
        ),
    )
    _curve((source, unlabelled, test), out, chosen, language_model)


def _curve(
    sources: tuple[str, str | None, str | None],
    out: Path,
    settings: "CurveSettings",
    language_models: Sequence[Path] | None,
) -> None:
    from ulmus.bundle.reader import load_language_model
    from ulmus.cli.showing import progress_console, say, show_table
    from ulmus.recipes.curve import curve, curve_table
    from ulmus.recipes.fit_documents import FitSources

    labelled, unlabelled, test = sources
    check_standard_input(sources)
    if settings.pseudo_labels is not None:
        check_standard_input([unlabelled, unlabelled])
    rows = curve(
        FitSources(labelled=labelled, unlabelled=unlabelled, test=test),
        out,
        settings,
        language_models=list(map(load_language_model, language_models))
        if language_models
        else None,
        console=progress_console(),
    )
    show_table(curve_table(rows))
    say(f"saved: {out}")
