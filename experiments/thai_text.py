"""The Thai text that a Thai language model learns, from the open data.

    python experiments/thai_text.py DATA OUT [--without-messages]

DATA holds the folders `thai_thaigov` and `thai_wisesight`. In OUT are written `train.jsonl.gz` and
`valid.jsonl.gz`, one document in fifty: government news, and the messages that are there to train a
classifier on, none of its validation or test.
"""

import argparse
import csv
import re
from collections.abc import Iterator
from pathlib import Path

from english_text import write_documents

from ulmus.text.sources import Document

TITLE = re.compile(r"(?m)^(?=รัฐบาลไทย-)")
PRINT = "พิมพ์"
"""The last line of a document's head, whose title comes again below it."""

THAI = re.compile(r"[\u0e00-\u0e7f]")
VALID_SHARE = 0.02


def news(path: Path) -> Iterator[str]:
    """Yield the documents of the news, each line once and none without Thai letters."""
    for document in TITLE.split(path.read_text("utf-8")):
        head, found, body = document.partition(f"\n{PRINT}\n")
        lines = dict.fromkeys((body if found else head).splitlines())
        text = "\n".join(line.strip() for line in lines if THAI.search(line))
        if text:
            yield text


def messages(path: Path) -> Iterator[str]:
    """Yield the texts of a table."""
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if row["text"].strip():
                yield row["text"]


def main() -> None:
    """Write the two files."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--without-messages", action="store_true")
    given = parser.parse_args()
    sources = [news(given.data / "thai_thaigov/thaigov_v2_sample.txt")]
    if not given.without_messages:
        sources.append(messages(given.data / "thai_wisesight/train.csv"))
    documents = (Document((text,), None) for source in sources for text in source)
    write_documents(given.out, documents, valid_share=VALID_SHARE)


if __name__ == "__main__":
    main()
