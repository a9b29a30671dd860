"""`ulmus tokenize`."""

from typing import Annotated

import typer

from ulmus.cli.options import (
    DocumentKind,
    SourceArgument,
    TextColumns,
    TokenizerOption,
    source_values,
)


def run(
    source: SourceArgument,
    tokenizer: TokenizerOption = None,
    rules: Annotated[str | None, typer.Option("--rules", help="Rule set: fastai or none.")] = None,
    text: TextColumns = None,
    document: DocumentKind = None,
    limit: Annotated[
        int | None, typer.Option("--limit", help="Show only so many documents.", min=1)
    ] = None,
) -> None:
    """Show how text is cut into tokens, a document a line."""
    from itertools import islice

    from ulmus.recipes.prepare import PrepareSettings
    from ulmus.settings import resolve
    from ulmus.text.sources import SourceSettings, read_documents
    from ulmus.text.splitter import build_splitter

    values = source_values(text, None, document)
    settings = resolve(SourceSettings, values=values)
    # Standard input can be read only once, and a subword tokenizer is trained before it is used.
    documents = list(islice(read_documents(source, settings), limit))
    splitter = build_splitter(
        tokenizer or PrepareSettings().tokenizer,
        rules=rules,
        texts=lambda: (document.columns for document in documents),
    )
    for found in documents:
        typer.echo(" ".join(splitter.tokens(found.columns)))
