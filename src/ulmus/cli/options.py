"""Options that verbs share.

Verbs that only use what is there (predict, evaluate, inspect, tokenize) draw nothing and have no
--seed; they and generate have flags for all they can be told, and so no --settings, --set or
--print-settings.
"""

from pathlib import Path
from typing import Annotated, Literal

import typer

SOURCE = (
    "A .txt, .csv, .tsv, .jsonl or .parquet file, plain or .gz/.zst; a folder of text files; "
    "a URL of either, as s3://bucket/folder; or - for standard input."
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
Encoding = Annotated[
    str | None,
    typer.Option(
        "--encoding", help="Of text files, if not UTF-8: latin-1, cp1252 ...", metavar="NAME"
    ),
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
TokenizedBy = Annotated[
    Literal["local", "ray"] | None,
    typer.Option("--engine", help="local: this machine; ray: a cluster.", metavar="NAME"),
]
RayAddress = Annotated[
    str | None,
    typer.Option(
        "--ray-address",
        help="The cluster's HOST:PORT; else what RAY_ADDRESS says, or this machine.",
        metavar="ADDRESS",
    ),
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
