"""`ulmus doctor`."""

from pathlib import Path
from typing import Annotated

import typer

from ulmus.cli.options import (
    DocumentKind,
    LabelColumn,
    Language,
    Rules,
    SourceArgument,
    Test,
    TextColumns,
    TokenizerOption,
    Valid,
    language_values,
    source_values,
)
from ulmus.cli.standard_input import check_standard_input

LanguageModel = Annotated[
    Path | None,
    typer.Option(
        "--language-model",
        help="Whose vocabulary to compare; else the English one's.",
        metavar="BUNDLE",
    ),
]
Classifier = Annotated[
    Path | None, typer.Option("--classifier", help="By which to judge labels.", metavar="BUNDLE")
]
Folder = Annotated[
    Path | None,
    typer.Option("--out", help="Folder for figures, copies and pictures.", metavar="DIR"),
]


def run(
    source: SourceArgument,
    text: TextColumns = None,
    label: LabelColumn = None,
    valid: Valid = None,
    test: Test = None,
    language_model: LanguageModel = None,
    classifier: Classifier = None,
    document: DocumentKind = None,
    language: Language = None,
    tokenizer: TokenizerOption = None,
    rules: Rules = None,
    out: Folder = None,
) -> None:
    """Look for what is wrong with texts before training on them.

    Sizes, classes, copies, leaks between splits, words that a language model lacks, scripts and
    language; and labels that a classifier, trained on them, thinks improbable.
    """
    from ulmus.bundle.packaged import packaged_processor
    from ulmus.bundle.reader import load_classifier, load_language_model
    from ulmus.cli.showing import say, show_table
    from ulmus.files import check_replaceable
    from ulmus.recipes.doctor import DIAGNOSIS, DoctorSettings, examine, write_examination
    from ulmus.settings import resolve

    check_standard_input([source, valid, test])
    if out is not None:
        check_replaceable(out, DIAGNOSIS)
    values = {
        "source": source_values(text, label, document),
        **language_values(language, tokenizer, rules),
    }
    settings = resolve(DoctorSettings, values=values)
    processor = packaged_processor(settings.tokenizer, settings.rules)
    if language_model is not None:
        processor = load_language_model(language_model).processor
    examination = examine(
        source,
        settings,
        valid=valid,
        test=test,
        processor=processor,
        classifier=None if classifier is None else load_classifier(classifier),
    )
    show_table(examination.diagnosis.as_table())
    say(*examination.diagnosis.facts, *examination.diagnosis.findings)
    if out is not None:
        write_examination(out, examination)
        say(f"saved: {out}")
