"""`ulmus import-fastai`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ulmus.cli.options import (
    Out,
    Rules,
    Target,
    TokenizerOption,
)

if TYPE_CHECKING:
    from ulmus.bundle.writer import Bundle

Weights = Annotated[
    Path,
    typer.Argument(help="A .pth file: language model, encoder or classifier.", metavar="WEIGHTS"),
]
Vocabulary = Annotated[
    Path,
    typer.Argument(
        help="Its vocabulary: a pickled list, a JSON list, or a text of one token a line.",
        metavar="VOCAB",
    ),
]
SentencePiece = Annotated[
    Path | None,
    typer.Option("--sentencepiece", help="The spm.model, if tokens are subwords.", metavar="FILE"),
]
Language = Annotated[
    str | None,
    typer.Option(
        "--language", help="Language of the tokens, without --tokenizer; 'en'.", metavar="CODE"
    ),
]
Backward = Annotated[
    bool | None, typer.Option("--backward", help="The model reads texts from their end.")
]
Labels = Annotated[
    Path | None,
    typer.Option(
        "--labels", help="A classifier's classes, as a vocabulary is given.", metavar="FILE"
    ),
]
Classes = Annotated[
    list[str] | None,
    typer.Option("--class", help="A class or tag, in the logits' order; repeated.", metavar="NAME"),
]
NumberRange = Annotated[
    tuple[float, float] | None,
    typer.Option("--number-range", help="The learner's y_range.", metavar="LOW HIGH"),
]
SequenceLength = Annotated[
    int | None,
    typer.Option(
        "--sequence-length", help="Tokens a classifier reads at once.", min=1, metavar="N"
    ),
]
MaxLength = Annotated[
    int | None,
    typer.Option(
        "--max-length", help="Tokens at a document's end that it pools.", min=1, metavar="N"
    ),
]
PretrainingTokens = Annotated[
    int | None,
    typer.Option(
        "--pretraining-tokens", help="Tokens a language model was trained on.", min=0, metavar="N"
    ),
]


def run(
    weights: Weights,
    vocabulary: Vocabulary,
    out: Out,
    tokenizer: TokenizerOption = None,
    rules: Rules = None,
    sentencepiece: SentencePiece = None,
    language: Language = None,
    backward: Backward = None,
    target: Target = None,
    labels: Labels = None,
    classes: Classes = None,
    number_range: NumberRange = None,
    sequence_length: SequenceLength = None,
    max_length: MaxLength = None,
    pretraining_tokens: PretrainingTokens = None,
) -> None:
    """Make a bundle of a model of fastai or awd-lstm-lm.

    Nothing in the files is run: they may hold tensors and lists of strings only.
    """
    from ulmus.recipes.import_fastai import ImportSettings, import_fastai
    from ulmus.settings import resolve

    settings = resolve(
        ImportSettings,
        values={
            "tokenizer": tokenizer,
            "rules": rules,
            "sentencepiece": sentencepiece,
            "language": language,
            "backward": backward,
            "target": target,
            "labels": _named(labels, classes),
            "number_range": number_range,
            "sequence_length": sequence_length,
            "max_length": max_length,
            "pretraining_tokens": pretraining_tokens,
        },
    )
    _show(import_fastai(weights, vocabulary, out, settings), out)


def _named(labels: Path | None, classes: list[str] | None) -> tuple[str, ...] | None:
    from ulmus.errors import SettingsError
    from ulmus.interop.fastai_vocabulary import read_classes

    if labels is None:
        return tuple(classes) if classes else None
    if classes:
        raise SettingsError(
            "--class beside --labels, which names the classes already",
            given=labels,
            accepted="one of the two",
            remedy="Leave --class away",
        )
    return read_classes(labels)


def _show(bundle: "Bundle", out: Path) -> None:
    from ulmus.cli.showing import say, show_facts

    manifest = bundle.manifest
    size = manifest.encoder
    show_facts(
        {
            "kind": manifest.kind,
            "from": manifest.provenance["imported_from"],
            "size": f"embedding {size.embedding_size:,}, hidden {size.hidden_size:,}, "
            f"{size.layer_count} layers",
            "vocabulary": f"{manifest.vocabulary_size:,} tokens",
            "mean rows for": manifest.provenance.get("mean_rows_for"),
            "target": manifest.target if manifest.kind == "text-classifier" else None,
            "labels": manifest.labels or None,
        }
    )
    say(f"saved: {out}")
