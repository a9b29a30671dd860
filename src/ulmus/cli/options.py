"""Options that verbs share, and how they become settings."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer

from ulmus.settings import Settings, as_toml, resolve

S = TypeVar("S", bound=Settings)

SOURCE = (
    "A file (.txt .csv .tsv .jsonl .parquet, plain or .gz/.zst), a folder of text files, "
    "or - for standard input."
)

SourceArgument = Annotated[str, typer.Argument(help=SOURCE, metavar="SOURCE")]
BundleArgument = Annotated[Path, typer.Argument(help="Folder of a saved model.", metavar="BUNDLE")]
Out = Annotated[Path, typer.Option("--out", help="Folder to write.", metavar="DIR")]
TextColumns = Annotated[
    list[str] | None,
    typer.Option("--text", help="Text column; more than once for several.", metavar="COLUMN"),
]
LabelColumn = Annotated[str | None, typer.Option("--label", help="Label column.", metavar="COLUMN")]
DocumentKind = Annotated[
    str | None,
    typer.Option("--document", help="In .txt: a document is a line, paragraph or file."),
]
TokenizerOption = Annotated[
    str | None,
    typer.Option(
        "--tokenizer",
        help="words:LANG, subwords[:SIZE], characters or function:pkg.module:name.",
    ),
]
HandedIn = Annotated[
    str | None,
    typer.Option(
        "--tokenizer",
        help="The function a model was made with, as function:pkg.module:name.",
    ),
]
Valid = Annotated[str | None, typer.Option("--valid", help="Validation source.", metavar="SOURCE")]
ValidShare = Annotated[
    float | None, typer.Option("--valid-share", help="Share held out without --valid.")
]
Test = Annotated[
    str | None, typer.Option("--test", help="Test source, never trained on.", metavar="SOURCE")
]
Unlabelled = Annotated[
    str | None,
    typer.Option("--unlabelled", help="More text of the same kind.", metavar="SOURCE"),
]
LanguageModels = Annotated[
    list[Path] | None,
    typer.Option(
        "--language-model", help="Pretrained model; once for each direction.", metavar="BUNDLE"
    ),
]
BothDirections = Annotated[
    bool | None,
    typer.Option("--both-directions", help="Average with models that read from the end."),
]
CorpusArgument = Annotated[
    Path, typer.Argument(help="Folder that `ulmus prepare` wrote.", metavar="CORPUS")
]
SourceOrCorpus = Annotated[
    str, typer.Argument(help=f"{SOURCE} Or a corpus folder.", metavar="SOURCE|CORPUS")
]
Epochs = Annotated[int | None, typer.Option("--epochs", help="Passes over the training text.")]
Workers = Annotated[int | None, typer.Option("--workers", help="Processes that tokenize.")]
Model = Annotated[
    str | None, typer.Option("--model", help="Size of the model: awd-lstm, compact or tiny.")
]
Resume = Annotated[bool, typer.Option("--resume", help="Go on from an interrupted run.")]
SettingsFile = Annotated[
    Path | None, typer.Option("--settings", help="TOML file of settings.", metavar="FILE")
]
Overrides = Annotated[
    list[str] | None,
    typer.Option("--set", help="One setting, as a.b=c.", metavar="NAME=VALUE"),
]
PrintSettings = Annotated[
    bool, typer.Option("--print-settings", help="Print the settings as TOML and stop.")
]
Seed = Annotated[int | None, typer.Option("--seed", help="Seed of everything that is drawn.")]


def settled(
    kind: type[S],
    *,
    file: Path | None,
    overrides: Sequence[str] | None,
    print_settings: bool,
    values: Mapping[str, Any],
) -> S:
    """Return a verb's settings, or print them and stop.

    Args:
        kind: The verb's settings class.
        file: What --settings names.
        overrides: What --set says.
        print_settings: Whether to print and stop.
        values: What other options say, nested; None where they are not given.

    Raises:
        SettingsError: The settings are unusable.
        Exit: They were printed.
    """
    settings = resolve(kind, file=file, values=_given(values), overrides=overrides or ())
    if print_settings:
        typer.echo(as_toml(settings), nl=False)
        raise typer.Exit
    return settings


def source_values(
    text: Sequence[str] | None, label: str | None, document: str | None
) -> dict[str, Any]:
    """Return the columns and the kind of document as values for `SourceSettings`."""
    return {"text": tuple(text) if text else None, "label": label, "document": document}


def _given(values: Mapping[str, Any]) -> dict[str, Any]:
    """Drop what was not given, at every depth."""
    nested = {
        name: _given(value) if isinstance(value, Mapping) else value
        for name, value in values.items()
    }
    return {name: value for name, value in nested.items() if value is not None and value != {}}
