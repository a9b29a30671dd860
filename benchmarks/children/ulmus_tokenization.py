"""Our way from texts in memory to a corpus on disk."""

from hashlib import sha256
from itertools import chain
from pathlib import Path
from typing import Any

from children.tokenized_texts import read_texts
from harness.child import Job, serve
from harness.shared_texts import size_in_megabytes
from ulmus.corpus.hold_out import in_split
from ulmus.corpus.layout import TRAIN, VALID
from ulmus.corpus.reader import Corpus
from ulmus.corpus.workers import LocalEngine
from ulmus.corpus.writer import write_corpus
from ulmus.text import build_splitter
from ulmus.text.sources import Document

SPECS = {"english": "words:en", "thai": "words:th"}
RULES = "fastai"
"""Those that the peer has; tokens are compared."""
HELD_OUT = [Document(("a",), None)]
"""A corpus needs something to validate with; the peer's ids have none."""


def build(settings: dict[str, Any]) -> Job:
    texts = read_texts(settings)
    documents = [Document((text,), None) for text in texts]
    folder = Path(settings["folder"]) / f"ulmus{settings['workers']}"
    corpus: Corpus | None = None

    def run() -> None:
        nonlocal corpus
        corpus = write_corpus(
            folder,
            chain(in_split(TRAIN, documents), in_split(VALID, HELD_OUT)),
            build_splitter(SPECS[settings["language"]], rules=RULES),
            max_vocab=settings["max_vocab"],
            min_freq=settings["min_freq"],
            engine=LocalEngine(settings["workers"]),
        )

    def facts() -> dict[str, Any]:
        told = {"megabytes": size_in_megabytes(texts), "documents": len(texts)}
        return told if corpus is None else {**told, "hash": _hash(corpus)}

    return Job(run, facts)


def _hash(corpus: Corpus) -> str:
    words = corpus.vocabulary.tokens
    split = corpus.split(TRAIN)
    digest = sha256()
    for number in range(split.document_count):
        line = " ".join(words[index] for index in split.document(number))
        digest.update((line + "\n").encode("utf-8"))
    return digest.hexdigest()


if __name__ == "__main__":
    serve(build)
