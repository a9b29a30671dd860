"""`ulmus generate`."""

from typing import Annotated

import typer

from ulmus.cli.options import BundleArgument, HandedIn, Seed

Prompt = Annotated[
    str, typer.Option("--prompt", help="The text to continue.", metavar="TEXT", show_default=False)
]
MaxTokens = Annotated[int, typer.Option("--max-tokens", help="Tokens to add.", min=0, metavar="N")]
Temperature = Annotated[
    float, typer.Option("--temperature", help="0 takes the likeliest always.", metavar="X")
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
Count = Annotated[int, typer.Option("--count", help="How many texts.", min=1, metavar="N")]


def run(
    bundle: BundleArgument,
    prompt: Prompt = "",
    max_tokens: MaxTokens = 50,
    temperature: Temperature = 1.0,
    top_k: TopK = None,
    top_p: TopP = None,
    min_p: MinP = None,
    count: Count = 1,
    tokenizer: HandedIn = None,
    seed: Seed = None,
) -> None:
    """Continue a text with a language model."""
    from ulmus.bundle.reader import load_language_model

    model = load_language_model(bundle, tokenizer=tokenizer)
    for index in range(count):
        text = model.generate(
            prompt,
            max_tokens=max_tokens,
            temperature=temperature,
            top_k=top_k,
            top_p=top_p,
            min_p=min_p,
            seed=None if seed is None else seed + index,
        )
        typer.echo(text)
