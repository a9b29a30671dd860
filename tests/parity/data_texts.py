"""Texts of the shared data sets, read alike where fixtures are made and where they are tested."""

import csv
import json
from collections.abc import Callable
from pathlib import Path

# A longer piece without a space is cut by ulmus before spaCy sees it, on purpose.
LONGEST_PIECE = 200


def texts_of(name: str, folder: Path) -> list[str]:
    """Return the texts of one data set without those that hold a very long piece.

    Args:
        name: A key of `DATA_SETS`.
        folder: The folder of all data sets.
    """
    texts = DATA_SETS[name](folder)
    return [text for text in texts if max(map(len, text.split()), default=0) <= LONGEST_PIECE]


def _text(path: Path) -> str:
    # With a byte-order mark and CRLF as they are.
    return path.read_bytes().decode("utf-8")


def _table(path: Path) -> list[str]:
    with path.open(encoding="utf-8", newline="") as file:
        return [row["text"] for row in csv.DictReader(file)]


def _lines(path: Path) -> list[str]:
    return _text(path).split("\n")


def _paragraphs(path: Path) -> list[str]:
    return _text(path).split("\r\n\r\n")


DATA_SETS: dict[str, Callable[[Path], list[str]]] = {
    "rt_polarity": lambda folder: _table(folder / "rt_polarity/all.csv"),
    "banking77": lambda folder: _table(folder / "banking77/train.csv"),
    "naughty_strings": lambda folder: json.loads(_text(folder / "nasty_blns/blns.json")),
    "naughty_lines": lambda folder: _lines(folder / "nasty_blns/blns.txt"),
    "movie_reviews": lambda folder: _table(folder / "movie_reviews_polarity2/all.csv")[::8],
    "wikitext2": lambda folder: _lines(folder / "wikitext2/valid.txt")[::2],
    "wisesight": lambda folder: _table(folder / "thai_wisesight/test.csv"),
    "novel_hound": lambda folder: _paragraphs(folder / "en_novels_pd/corpus/Doyle_Hound_1902.txt"),
    "novel_girl": lambda folder: _paragraphs(folder / "en_novels_pd/corpus/Ford_Girl_1907.txt"),
}
