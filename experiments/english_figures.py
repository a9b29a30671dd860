"""How well the English language models predict text that they have not seen, beside n-grams.

    python experiments/english_figures.py CORPUS DATA --models FORWARD BACKWARD [--lmplz BIN]

CORPUS is what `make pretrained-en` prepared: its test split holds three novels. DATA holds
`wikitext2/test.txt`, whose marks for hyphens, commas and points inside of words are undone. BIN is
the folder with KenLM's `lmplz` and `query` (https://github.com/kpu/kenlm), which learn a 5-gram
model with modified Kneser-Ney smoothing from the same training tokens and score the same tokens.
"""

import argparse
import math
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ulmus.bundle.reader import load_language_model
from ulmus.corpus.layout import TEST, TRAIN
from ulmus.corpus.reader import Corpus, Split, open_corpus
from ulmus.evaluation.perplexity import Perplexity, document_perplexity

ORDER = "5"


class Text(NamedTuple):
    """Documents to be predicted.

    Attributes:
        name: What they are called.
        documents: The ids of each.
        characters: Of all of them.
    """

    name: str
    documents: list[NDArray[Any]]
    characters: int


def novels(corpus: Corpus) -> Text:
    """Return the novels kept out, in documents of some paragraphs each."""
    split = corpus.split(TEST)
    return Text("three novels", list(_documents(split)), split.character_count)


def wikitext(path: Path, corpus: Corpus) -> Text:
    """Return the articles of WikiText-2, in the corpus' tokens."""
    text = re.sub(r" @([-,.])@ ", r"\1", path.read_text("utf-8"))
    articles = [part for part in re.split(r"(?m)^(?= = [^=].* = $)", text) if part.strip()]
    ids = [corpus.processor.encode(article) for article in articles]
    return Text("WikiText-2 test", ids, sum(map(len, articles)))


def of_model(path: Path, text: Text) -> Perplexity:
    """Return a language model's figures."""
    model = load_language_model(path)
    documents = text.documents
    if model.manifest.backward:
        documents = [ids[::-1].copy() for ids in documents]
    return document_perplexity(model.model, documents, text.characters)


def of_ngrams(corpus: Corpus, programs: Path, texts: list[Text]) -> list[Perplexity]:
    """Learn 5-grams from the training split and return their figures for texts."""
    with tempfile.TemporaryDirectory() as folder:
        model = Path(folder, "model.arpa")
        learning = [str(programs / "lmplz"), "-o", ORDER, "-S", "40%", "-T", folder]
        with model.open("wb") as arpa:
            lines = _documents(corpus.split(TRAIN))
            _piped([*learning, "--discount_fallback"], lines, arpa)
        found = []
        for text in texts:
            answer = Path(folder, "answer")
            with answer.open("wb") as file:
                scoring = [str(programs / "query"), "-n", "-v", "word", str(model)]
                _piped(scoring, text.documents, file)
            nats, count = _scored(answer)
            bits = nats / math.log(2) / text.characters
            found.append(Perplexity(math.exp(nats / count), bits, count))
        return found


def _piped(command: list[str], documents: Iterable[NDArray[Any]], out: Any) -> None:
    """Run a program on documents, a line each, in which every token is its number."""
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=out)
    assert process.stdin is not None  # it was asked for
    for ids in documents:
        process.stdin.write(" ".join(map(str, ids.tolist())).encode() + b"\n")
    process.stdin.close()
    if process.wait():
        sys.exit(f"{command[0]} ended with {process.returncode}")


def _scored(answer: Path) -> tuple[float, int]:
    """Return the nats of all tokens but the first of each document, and how many they are."""
    nats, count = 0.0, 0
    with answer.open(encoding="utf-8") as lines:
        for line in lines:
            scores = re.findall(r"=\d+ \d+ (-[\d.e-]+)", line)
            nats -= math.log(10) * sum(map(float, scores[1:]))
            count += max(len(scores) - 1, 0)
    return nats, count


def _documents(split: Split) -> Iterator[NDArray[Any]]:
    return (np.asarray(split.document(i)) for i in range(split.document_count))


def main() -> None:
    """Print a table in Markdown."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("corpus", type=Path)
    parser.add_argument("data", type=Path)
    parser.add_argument("--models", type=Path, nargs="*", default=[])
    parser.add_argument("--lmplz", type=Path)
    given = parser.parse_args()
    corpus = open_corpus(given.corpus)
    texts = [novels(corpus), wikitext(given.data / "wikitext2/test.txt", corpus)]
    print("| model | text | tokens | perplexity | bits a character |\n|---|---|---|---|---|")
    rows = [(str(path), [of_model(path, text) for text in texts]) for path in given.models]
    if given.lmplz:
        rows.append(("5-gram, Kneser-Ney", of_ngrams(corpus, given.lmplz, texts)))
    for name, figures in rows:
        for text, found in zip(texts, figures, strict=True):
            print(
                f"| {name} | {text.name} | {found.token_count:,} | {found.per_token:.2f} "
                f"| {found.bits_per_character:.3f} |"
            )


if __name__ == "__main__":
    main()
