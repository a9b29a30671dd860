"""What fastai is given for Thai: a module of its own, so that worker processes find it by name."""

from collections.abc import Iterable, Iterator

from pythainlp.tokenize import word_tokenize


class NewmmTokenizer:
    """Splits Thai texts by PyThaiNLP's newmm."""

    def __call__(self, texts: Iterable[str]) -> Iterator[list[str]]:
        """Return an iterator over the tokens of each text."""
        return (word_tokenize(text) for text in texts)
