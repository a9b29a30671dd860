"""`ulmus doctor`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ulmus.cli.options import (
    DocumentKind,
    Encoding,
    LabelColumn,
    Language,
    Rules,
    SourceArgument,
    Test,
    TextColumns,
    TokenizerOption,
    Valid,
)
from ulmus.cli.standard_input import check_standard_input
from ulmus.cli.values import (
    language_values,
    source_values,
)

if TYPE_CHECKING:
    from ulmus.recipes.doctor import DoctorSettings
    from ulmus.text.processor import TextProcessor

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
    encoding: Encoding = None,
    language: Language = None,
    tokenizer: TokenizerOption = None,
    rules: Rules = None,
    out: Folder = None,
) -> None:
    """Look for what is wrong with texts before training on them.

    Sizes, classes, copies, leaks between splits, words that a language model lacks, scripts and
    language; and labels that a classifier, trained on them, thinks improbable.
    """
    from ulmus.bundle.reader import load_classifier
    from ulmus.cli.showing import say, show_table
    from ulmus.files import check_replaceable
    from ulmus.recipes.doctor import DIAGNOSIS, DoctorSettings, examine, write_examination
    from ulmus.settings import resolve

    check_standard_input([source, valid, test])
    if out is not None:
        check_replaceable(out, DIAGNOSIS)
    cutting = language_values(language, tokenizer, rules)
    values = {"source": source_values(text, label, document, encoding), **cutting}
    settings = resolve(DoctorSettings, values=values)
    examination = examine(
        source,
        settings,
        valid=valid,
        test=test,
        processor=_compared(language_model, settings),
        classifier=None if classifier is None else load_classifier(classifier),
    )
    show_table(examination.diagnosis.as_table())
    say(*examination.diagnosis.facts, *examination.diagnosis.findings)
    if out is not None:
        write_examination(out, examination)
        say(f"saved: {out}")


def _compared(language_model: Path | None, settings: "DoctorSettings") -> "TextProcessor | None":
    """Return the processor whose words are compared: the one named, or the packaged one's."""
    from ulmus.bundle.packaged import packaged_processor
    from ulmus.bundle.reader import load_language_model

    if language_model is None:
        return packaged_processor(settings.tokenizer, settings.rules)
    return load_language_model(language_model).processor
