"""`ulmus generate`."""

from typing import Annotated

import typer

from ulmus.cli.options import BundleArgument, HandedIn, Seed


def run(
    bundle: BundleArgument,
    prompt: Annotated[str, typer.Option("--prompt", help="The text to continue.")] = "",
    max_tokens: Annotated[int, typer.Option("--max-tokens", help="Tokens to add.", min=0)] = 50,
    temperature: Annotated[float, typer.Option("--temperature", help="0: no chance.")] = 0.8,
    top_k: Annotated[int | None, typer.Option("--top-k", help="Draw from the k likeliest.")] = None,
    top_p: Annotated[
        float | None, typer.Option("--top-p", help="Draw from the likeliest with this mass.")
    ] = None,
    min_p: Annotated[
        float | None, typer.Option("--min-p", help="Drop tokens less probable than this.")
    ] = None,
    count: Annotated[int, typer.Option("--count", help="How many texts.", min=1)] = 1,
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
