"""`ulmus generate`."""

import json
import sys
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ulmus.cli.options import (
    BundleArgument,
    ComputedIn,
    HandedIn,
    Seed,
)
from ulmus.errors import SettingsError

if TYPE_CHECKING:
    from ulmus.bundle.language_model import LanguageModelBundle

TEXTS_AT_ONCE = 16
"""Enough to be five times as fast as one by one, few enough to show the first ones soon."""

PromptOption = Annotated[
    list[str] | None,
    typer.Option("--prompt", help="A text to continue; may be repeated.", metavar="TEXT"),
]
PromptFile = Annotated[
    Path | None,
    typer.Option(
        "--prompts",
        help="File of texts to continue, one a line; of - each line is answered as it comes.",
        metavar="FILE|-",
    ),
]
MaxTokens = Annotated[int, typer.Option("--max-tokens", help="Tokens to add.", min=0, metavar="N")]
Temperature = Annotated[
    float,
    typer.Option("--temperature", help="0 takes the likeliest always: no draws.", metavar="X"),
]
TopK = Annotated[
    int | None, typer.Option("--top-k", help="Draw from the N likeliest.", metavar="N")
]
TopP = Annotated[
    float | None,
    typer.Option("--top-p", help="Draw from the likeliest that hold this share.", metavar="P"),
]
MinP = Annotated[
    float | None,
    typer.Option("--min-p", help="Drop tokens less probable than this.", metavar="P"),
]
RepetitionPenalty = Annotated[
    float,
    typer.Option("--repetition-penalty", help="Above 1 repeats less; 1.2 is usual.", metavar="X"),
]
Beams = Annotated[
    int | None,
    typer.Option("--beams", help="Search with N beams; nothing is drawn.", metavar="N"),
]
LengthNormalisation = Annotated[
    float | None,
    typer.Option(
        "--length-normalisation",
        help="For beams and one document: above 1 favours long texts, below 1 short ones.",
        metavar="X",
    ),
]
Stop = Annotated[
    list[str] | None,
    typer.Option(
        "--stop", help=r"End before this string; \n is a line break. May be repeated.", metavar="S"
    ),
]
OneDocument = Annotated[
    bool, typer.Option("--one-document", help="End where the model ends the document.")
]
Count = Annotated[
    int, typer.Option("--count", help="How many texts for each prompt.", min=1, metavar="N")
]
Stream = Annotated[
    bool, typer.Option("--stream", help="Write each word as soon as the next one is there.")
]
LogProbabilities = Annotated[
    bool,
    typer.Option(
        "--log-probabilities",
        help="Write JSON lines: text, added tokens, and the log-probability of each.",
    ),
]


def run(
    bundle: BundleArgument,
    prompt: PromptOption = None,
    prompts: PromptFile = None,
    max_tokens: MaxTokens = 50,
    temperature: Temperature = 1.0,
    top_k: TopK = None,
    top_p: TopP = None,
    min_p: MinP = None,
    repetition_penalty: RepetitionPenalty = 1.0,
    beams: Beams = None,
    length_normalisation: LengthNormalisation = None,
    stop: Stop = None,
    one_document: OneDocument = False,
    count: Count = 1,
    stream: Stream = False,
    log_probabilities: LogProbabilities = False,
    precision: ComputedIn = "fp32",
    tokenizer: HandedIn = None,
    seed: Seed = None,
) -> None:
    """Continue texts with a language model."""
    from ulmus.bundle.reader import load_language_model

    _check_count(count, beams, temperature, seed)
    _check_output(stream=stream, log_probabilities=log_probabilities)
    options = {
        "max_tokens": max_tokens,
        "temperature": temperature,
        "top_k": top_k,
        "top_p": top_p,
        "min_p": min_p,
        "repetition_penalty": repetition_penalty,
        "beams": beams,
        "length_normalisation": length_normalisation,
        "stop": [string.replace(r"\n", "\n") for string in stop or ()],
        "one_document": one_document,
    }
    write = _stream if stream else _write_json if log_probabilities else _write
    model = load_language_model(bundle, tokenizer=tokenizer, precision=precision)
    at_once = 1 if stream or beams is not None else TEXTS_AT_ONCE
    for texts in _prompts(prompt or [], prompts):
        wanted = ((text, number) for text in texts for number in range(count))
        while part := list(islice(wanted, at_once)):
            seeds = None if seed is None else [seed + number for _, number in part]
            write(model, [text for text, _ in part], {**options, "seed": seeds})


def _check_count(count: int, beams: int | None, temperature: float, seed: int | None) -> None:
    if count == 1:
        return
    if beams is not None or temperature == 0:
        searches = beams is not None
        raise SettingsError(
            f"{'a beam search' if searches else 'temperature 0'} finds one text for each prompt",
            given=f"--count {count}",
            accepted=f"{'--beams' if searches else '--temperature 0'} without --count",
            remedy="Leave out one of them",
        )
    from ulmus.inference.generation_settings import LARGEST_SEED

    if seed is not None and seed <= LARGEST_SEED < seed + count - 1:
        raise SettingsError(
            "each further text has the next seed, and there are not enough behind this one",
            given=f"--seed {seed} --count {count}",
            accepted=f"--seed up to {LARGEST_SEED + 1 - count} with this --count",
            remedy="Choose a smaller seed",
        )


def _check_output(*, stream: bool, log_probabilities: bool) -> None:
    if stream and log_probabilities:
        raise SettingsError(
            "text and JSON cannot be written at once",
            given="--stream --log-probabilities",
            accepted="one of them",
            remedy="Leave out the other",
        )


def _prompts(given: list[str], file: Path | None) -> Iterator[list[str]]:
    """Yield the prompts, as many at a time as there are without waiting for more."""
    if file is None:
        yield given or [""]
        return
    lines = _lines(file)
    # A file that cannot be read is told before any text is made; standard input may come late.
    yield given if file == Path("-") else [*given, *next(lines, ())]
    yield from lines


def _lines(file: Path) -> Iterator[list[str]]:
    """Yield the lines of a file, as many at a time as come at once."""
    from ulmus.text.decompression import text_blocks

    begun: list[str] = []
    for block in text_blocks(file, translate=True):
        first, *others = block.split("\n")
        begun.append(first)
        if others:
            yield ["".join(begun), *others[:-1]]
            begun = others[-1:]
    if last := "".join(begun):
        yield [last]


def _write(model: "LanguageModelBundle", prompts: list[str], options: Any) -> None:
    for text in model.generate(prompts, **options):
        _say(f"{text}\n")


def _write_json(model: "LanguageModelBundle", prompts: list[str], options: Any) -> None:
    for completion in model.complete(prompts, **options):
        _say(json.dumps(completion._asdict(), ensure_ascii=False) + "\n")


def _stream(model: "LanguageModelBundle", prompts: list[str], options: Any) -> None:
    seeds = options.pop("seed") or [None] * len(prompts)
    for prompt, seed in zip(prompts, seeds, strict=True):
        for piece in model.stream(prompt, **options, seed=seed):
            _say(piece)
        _say("\n")


def _say(text: str) -> None:
    from ulmus.cli.showing import text_output

    text_output().write(text)
    sys.stdout.flush()  # whoever waits for it sees it now
