"""Options that verbs share, and how they become settings.

A setting is decided by its default, then the file of --settings, then its flag (--epochs 3),
then --set: the later wins. Verbs that only use what is there (predict, evaluate, inspect,
tokenize) draw nothing and have no --seed; they and generate have flags for all they can be told,
and so no --settings, --set or --print-settings.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

import typer
from pydantic import ConfigDict

from ulmus.settings import Settings, as_toml, resolve

S = TypeVar("S", bound=Settings)


class _Named(Settings):
    # All else that is set is left to the settings themselves to judge.
    model_config = ConfigDict(extra="ignore")

    tokenizer: Any = None


class _Overriding(_Named):
    prepare: _Named = _Named()


SOURCE = (
    "A .txt, .csv, .tsv, .jsonl or .parquet file, plain or .gz/.zst; a folder of text files; "
    "or - for standard input."
)

SourceArgument = Annotated[str, typer.Argument(help=SOURCE, metavar="SOURCE")]
BundleArgument = Annotated[Path, typer.Argument(help="Folder of a saved model.", metavar="BUNDLE")]
Out = Annotated[Path, typer.Option("--out", help="Folder to write.", metavar="DIR")]
TextColumns = Annotated[
    list[str] | None,
    typer.Option(
        "--text", help="Text column, 'text' if not given; may be repeated.", metavar="COLUMN"
    ),
]
LabelColumn = Annotated[
    str | None,
    typer.Option(
        "--label", help="Label column; in folders any name takes the folder's.", metavar="COLUMN"
    ),
]
Target = Annotated[
    Literal["class", "tags", "number"] | None,
    typer.Option(
        "--target", help="What a label is: class, tags (several) or number.", metavar="KIND"
    ),
]
Separator = Annotated[
    str | None,
    typer.Option("--separator", help="Between the tags of a label; ';'.", metavar="TEXT"),
]
DocumentKind = Annotated[
    Literal["line", "paragraph", "file"] | None,
    typer.Option("--document", help="In .txt files: line, paragraph or file.", metavar="KIND"),
]
TokenizerOption = Annotated[
    str | None,
    typer.Option(
        "--tokenizer",
        help="words:LANG, subwords[:SIZE], characters or function:pkg.module:name.",
        metavar="SPEC",
    ),
]
Language = Annotated[
    str | None,
    typer.Option(
        "--language",
        help="de, en, ja, th, vi or zh: takes the rules and the tokenizer that suit it.",
        metavar="CODE",
    ),
]
Rules = Annotated[
    str | None,
    typer.Option("--rules", help="Rule set: fastai, unicode, thai2fit or none.", metavar="NAME"),
]
ComputedIn = Annotated[
    Literal["auto", "fp32", "bf16"],
    typer.Option(
        "--precision",
        help="bf16 takes half the time where the processor has it; fp32 is exact.",
    ),
]
HandedIn = Annotated[
    str | None,
    typer.Option(
        "--tokenizer",
        help="The function that the model was made with, function:pkg.module:name.",
        metavar="SPEC",
    ),
]
Valid = Annotated[
    str | None,
    typer.Option("--valid", help="Validation source; else some are held out.", metavar="SOURCE"),
]
ValidShare = Annotated[
    float | None,
    typer.Option("--valid-share", help="Share held out without --valid.", metavar="SHARE"),
]
Test = Annotated[
    str | None,
    typer.Option("--test", help="Test source, which is never trained on.", metavar="SOURCE"),
]
Unlabelled = Annotated[
    str | None,
    typer.Option("--unlabelled", help="More text of the same kind.", metavar="SOURCE"),
]
LanguageModels = Annotated[
    list[Path] | None,
    typer.Option(
        "--language-model", help="Pretrained model; one for each direction.", metavar="BUNDLE"
    ),
]
BothDirections = Annotated[
    bool | None,
    typer.Option("--both-directions", help="Average with models that read from the end."),
]
CorpusArgument = Annotated[
    Path, typer.Argument(help="Folder that 'ulmus prepare' wrote.", metavar="CORPUS")
]
SourceOrCorpus = Annotated[
    str, typer.Argument(help=f"{SOURCE} Or a corpus folder.", metavar="SOURCE|CORPUS")
]
Blend = Annotated[
    bool | None,
    typer.Option("--blend", help="Let a linear model have a say, as much as helps."),
]
PseudoLabels = Annotated[
    float | None,
    typer.Option(
        "--pseudo-labels",
        help="Learn from unlabelled documents of whose class a first classifier is so sure.",
        metavar="PROBABILITY",
    ),
]
Minutes = Annotated[
    float | None,
    typer.Option("--minutes", help="Time for everything; epochs are left out.", metavar="M"),
]
LabelCounts = Annotated[
    list[int] | None,
    typer.Option("--labels", help="A number of labels; may be repeated.", metavar="N"),
]
Draws = Annotated[
    int | None, typer.Option("--draws", help="How often each number is drawn.", metavar="N")
]
AbstainBelow = Annotated[
    float,
    typer.Option(
        "--abstain-below", help="Tell no class that is less probable.", metavar="PROBABILITY"
    ),
]
Epochs = Annotated[
    int | None, typer.Option("--epochs", help="Passes over the training text.", metavar="N")
]
Workers = Annotated[
    int | None,
    typer.Option("--workers", help="Processes that tokenize; 0: this one does.", metavar="N"),
]
Model = Annotated[
    str | None,
    typer.Option("--model", help="Size: awd-lstm, compact, small or tiny.", metavar="NAME"),
]
Resume = Annotated[bool, typer.Option("--resume", help="Go on from an interrupted run.")]
ActivationStats = Annotated[
    bool | None, typer.Option("--activation-stats", help="Watch what the layers compute.")
]
SettingsFile = Annotated[
    Path | None, typer.Option("--settings", help="TOML file of settings.", metavar="FILE")
]
Overrides = Annotated[
    list[str] | None,
    typer.Option("--set", help="One setting; may be repeated.", metavar="a.b=c"),
]
PrintSettings = Annotated[
    bool, typer.Option("--print-settings", help="Print all settings as TOML and stop.")
]
Seed = Annotated[
    int | None, typer.Option("--seed", help="Seed of everything that is drawn.", metavar="N")
]


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
    settings = resolve(kind, file=file, values=values, overrides=overrides or ())
    if print_settings:
        typer.echo(as_toml(settings), nl=False)
        raise typer.Exit
    return settings


def source_values(
    text: Sequence[str] | None,
    label: str | None,
    document: str | None,
    *,
    target: str | None = None,
    separator: str | None = None,
) -> dict[str, Any]:
    """Return what is read of a source as values for `SourceSettings`."""
    return {
        "text": tuple(text) if text else None,
        "label": label,
        "target": target,
        "separator": separator,
        "document": document,
    }


def language_values(
    language: str | None,
    tokenizer: str | None,
    rules: str | None,
    overrides: Sequence[str] | None = None,
) -> dict[str, str | None]:
    """Return tokenizer and rules as values for `PrepareSettings`: what is asked for, or suits.

    Args:
        language: What --language says.
        tokenizer: What --tokenizer says, which wins.
        rules: What --rules says, which wins.
        overrides: What --set says; a tokenizer in it wins, and the rules have to suit it.

    Raises:
        TokenizerError: There is no preset for the language.
    """
    if language is None:
        return {"tokenizer": tokenizer, "rules": rules}
    from ulmus.text.languages import language_settings

    found = resolve(_Overriding, overrides=overrides or ())
    named = found.tokenizer or found.prepare.tokenizer
    if isinstance(named, str):
        tokenizer = named
    return dict(language_settings(language, tokenizer=tokenizer, rules=rules))


def fit_values(
    source: Mapping[str, Any],
    cutting: Mapping[str, Any],
    *,
    model: str | None,
    workers: int | None,
    seed: int | None,
    both_directions: bool | None,
    activation_stats: bool | None = None,
    **others: Any,
) -> dict[str, Any]:
    """Return what the flags of `fit` and `curve` say as values for their settings.

    Args:
        source: From `source_values`.
        cutting: From `language_values`.
        model: What --model says.
        workers: What --workers says.
        seed: What --seed says.
        both_directions: What --both-directions says.
        activation_stats: What --activation-stats says.
        others: What other flags say, by the name of the setting.
    """
    return {
        "prepare": {"source": source, **cutting, "workers": workers, "seed": seed},
        "language_model": {"model": model, "activation_stats": activation_stats},
        "classifier": {"activation_stats": activation_stats},
        "engine": {"seed": seed},
        "both_directions": both_directions,
        **others,
    }
