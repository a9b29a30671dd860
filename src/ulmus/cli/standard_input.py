"""What standard input cannot do: it is gone once it is read."""

from collections.abc import Iterable

from ulmus.errors import SourceError

STANDARD_INPUT = "-"


def check_standard_input(sources: Iterable[str | None], *, tokenizer: str | None = None) -> None:
    """Refuse commands that would read standard input twice.

    Args:
        sources: All sources of a command; None where none is given.
        tokenizer: The spec of a tokenizer that is made for them, if one is.

    Raises:
        SourceError: Two sources are standard input, or a tokenizer is trained on it first.
    """
    places = list(sources).count(STANDARD_INPUT)
    trained = tokenizer is not None and tokenizer.startswith("subwords")
    if places > 1 or (places and trained):
        raise SourceError(
            "standard input cannot be read twice",
            given=f"{tokenizer} is trained on the text first" if trained else f"{places} sources",
            accepted="- for one source, with a tokenizer that is not trained",
            remedy="Write the text to a file first",
        )
