"""The English text that the packaged language models learn, from the open data.

    python experiments/english_text.py DATA OUT

DATA holds the folders `en_modern` and `en_novels_pd`. In OUT are written `train.jsonl.gz`,
`valid.jsonl.gz`, one document in a hundred, and `novels.jsonl.gz`, three novels that neither of
the two has a line of.
"""

import argparse
import gzip
import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from ulmus.corpus.hold_out import hold_out
from ulmus.corpus.layout import TRAIN
from ulmus.text.sources import Document

NOVELS_KEPT_OUT = ("Dickens_Oliver_1839", "Doyle_Hound_1902", "Woolf_Lighthouse_1927")

KEPT = {"dialog_sgd": 3}
"""Of repetitive sources one document in so many is kept."""

FULL_LINE = 55
"""Letters from which on a line of a novel is one that was cut for its width."""

LONGEST = 4_000
"""Letters after which a document of a novel ends, with its paragraph."""

VALID_SHARE = 0.01


def modern(folder: Path) -> Iterator[str]:
    """Yield the documents of all modern sources."""
    for path in sorted(folder.glob("*.jsonl.gz")):
        every = KEPT.get(path.name.removesuffix(".jsonl.gz"), 1)
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            yield from (json.loads(line)["text"] for i, line in enumerate(lines) if i % every == 0)


def novel(path: Path) -> Iterator[str]:
    """Yield a novel in documents of some paragraphs each, its lines joined again."""
    waiting: list[str] = []
    for paragraph in _paragraphs(path.read_text("utf-8-sig").splitlines()):
        waiting.append(paragraph)
        if sum(map(len, waiting)) >= LONGEST:
            yield "\n".join(waiting)
            waiting = []
    if waiting:
        yield "\n".join(waiting)


def _paragraphs(lines: list[str]) -> Iterator[str]:
    waiting: list[str] = []
    for line in lines:
        text = re.sub(r"\s+", " ", line).strip()
        if text:
            waiting.append(text)
        if waiting and len(text) < FULL_LINE:
            yield " ".join(waiting)
            waiting = []
    if waiting:
        yield " ".join(waiting)


def main() -> None:
    """Write the three files."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("out", type=Path)
    given = parser.parse_args()
    novels = {
        path.stem: path for path in sorted((given.data / "en_novels_pd/corpus").glob("*.txt"))
    }
    kept_out = [novels.pop(name) for name in NOVELS_KEPT_OUT]

    def learned() -> Iterator[Document]:
        for text in modern(given.data / "en_modern"):
            yield Document((text,), None)
        for path in novels.values():
            for text in novel(path):
                yield Document((text,), None)

    write_documents(given.out, learned(), valid_share=VALID_SHARE)
    with gzip.open(given.out / "novels.jsonl.gz", "wt", encoding="utf-8") as test:
        for path in kept_out:
            for text in novel(path):
                print(_line(text), file=test)


def write_documents(out: Path, documents: Iterable[Document], *, valid_share: float) -> None:
    """Write documents into `train.jsonl.gz` and, a share of them, `valid.jsonl.gz`."""
    out.mkdir(parents=True, exist_ok=True)
    with (
        gzip.open(out / "train.jsonl.gz", "wt", encoding="utf-8") as train,
        gzip.open(out / "valid.jsonl.gz", "wt", encoding="utf-8") as valid,
    ):
        for split, document in hold_out(documents, valid_share, seed=0):
            print(_line(document.text), file=train if split == TRAIN else valid)


def _line(text: str) -> str:
    return json.dumps({"text": text}, ensure_ascii=False)


if __name__ == "__main__":
    main()
