"""`ulmus tokenize`."""

from typing import Annotated

import typer

from ulmus.cli.options import (
    DocumentKind,
    Encoding,
    Language,
    Rules,
    SourceArgument,
    TextColumns,
    TokenizerOption,
)
from ulmus.cli.values import (
    language_values,
    source_values,
)


def run(
    source: SourceArgument,
    language: Language = None,
    tokenizer: TokenizerOption = None,
    rules: Rules = None,
    text: TextColumns = None,
    document: DocumentKind = None,
    encoding: Encoding = None,
    limit: Annotated[
        int | None,
        typer.Option("--limit", help="Show only so many documents.", min=1, metavar="N"),
    ] = None,
) -> None:
    """Show how text is cut into tokens, a document a line.

    A space within a token is shown as ▁, other invisible characters as escapes.
    """
    from itertools import chain, islice

    from ulmus.cli.showing import say
    from ulmus.recipes.prepare import PrepareSettings
    from ulmus.settings import resolve
    from ulmus.text.rules import SPACE_MARK
    from ulmus.text.sources import SourceSettings, read_documents
    from ulmus.text.splitter import build_splitter

    settings = resolve(SourceSettings, values=source_values(text, None, document, encoding))
    prepared = resolve(PrepareSettings, values=language_values(language, tokenizer, rules))
    spec = prepared.tokenizer
    documents = islice(read_documents(source, settings), limit)
    # Subwords are trained before they are used, and standard input can be read only once.
    held = list(documents) if spec.startswith("subwords") else []
    splitter = build_splitter(
        spec, rules=prepared.rules, texts=lambda: (found.columns for found in held)
    )
    for found in chain(held, documents):
        tokens = splitter.tokens(found.columns)
        say(" ".join(token.replace(" ", SPACE_MARK) for token in tokens))
