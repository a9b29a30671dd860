"""What linear models read of the documents that `fit` has."""

from collections.abc import Iterable, Iterator

from ulmus.models.ngram_features import without_special_tokens
from ulmus.recipes.fit_stages import FitModels
from ulmus.text.sources import Document


def longest_run(models: FitModels) -> int:
    """Return how many neighbouring tokens make one feature of a linear model.

    Pairs of letters say little; runs of up to five make a baseline as strong as words do.
    """
    return 5 if models.labelled.processor.tokenizer.spec == "characters" else 2


def words(documents: Iterable[Document], models: FitModels) -> Iterator[list[str]]:
    """Yield what a linear model reads: the tokens of the whole text, none special."""
    for document in documents:
        yield without_special_tokens(models.labelled.processor.tokens(document.columns))
