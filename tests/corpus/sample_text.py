"""Documents and splitters that the tests of the corpus share."""

from collections.abc import Iterator, Sequence

import numpy as np

from ulmus.text.sources import Document
from ulmus.text.splitter import TextSplitter, build_splitter


def words(text: str) -> list[str]:
    return text.split()


def word_splitter() -> TextSplitter:
    """Splits at white space, without rules: a document's tokens are xxbos and its words."""
    return build_splitter(words, rules="none")


def documents(*texts: str, label: str | None = None) -> list[Document]:
    return [Document((text,), label) for text in texts]


def generated(count: int, *, seed: int = 0, labels: Sequence[str] = ()) -> Iterator[Document]:
    """Documents of random words, frequent and rare ones, of 0 to 60 words."""
    generator = np.random.default_rng(seed)
    for number in range(count):
        drawn = generator.zipf(1.4, generator.integers(0, 60))
        text = " ".join(f"w{word}" for word in drawn.clip(max=50_000))
        yield Document((text,), labels[number % len(labels)] if labels else None)
