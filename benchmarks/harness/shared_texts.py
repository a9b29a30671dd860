"""Texts of the shared data sets, cut to a size; the same in both environments."""

import gzip
import json
from collections.abc import Iterable, Iterator
from pathlib import Path

ARTICLES = ("wikipedia_2019", "openstax", "tech_mdn_archived", "tech_peps", "gov_digitalgov")
PASSAGE_WORDS = 150
LONGEST_PIECE = 200
"""A longer piece without a space is cut by ulmus before spaCy sees it, on purpose."""


def english_texts(data: Path, megabytes: float) -> list[str]:
    """Return articles, the longest of them some thousand words.

    Args:
        data: The folder of all data sets.
        megabytes: How much, in UTF-8.
    """
    return list(_cut(_articles(data / "en_modern"), megabytes))


def thai_texts(data: Path, megabytes: float) -> list[str]:
    """Return paragraphs of government news.

    Args:
        data: The folder of all data sets.
        megabytes: How much, in UTF-8.
    """
    text = (data / "thai_thaigov" / "thaigov_v2_sample.txt").read_text("utf-8")
    # newmm joins a no-break space and the special token that the rules put behind it; ulmus keeps
    # special tokens whole. So that tokens can be compared, there are none.
    text = text.replace("\u00a0", " ")
    return list(_cut((line for line in text.split("\n") if line.strip()), megabytes))


def novel_passages(data: Path, megabytes: float) -> list[str]:
    """Return passages of novels; where their paragraphs end is marked in too many ways.

    Args:
        data: The folder of all data sets.
        megabytes: How much, in UTF-8.
    """
    files = sorted((data / "en_novels_pd" / "corpus").glob("*.txt"))
    words = (path.read_text("utf-8-sig").split() for path in files)
    parts = (
        " ".join(of_one[start : start + PASSAGE_WORDS])
        for of_one in words
        for start in range(0, len(of_one), PASSAGE_WORDS)
    )
    return list(_cut(parts, megabytes))


def size_in_megabytes(texts: Iterable[str]) -> float:
    """Return the size of texts in UTF-8."""
    return sum(len(text.encode("utf-8")) for text in texts) / 1e6


def _articles(folder: Path) -> Iterator[str]:
    for name in ARTICLES:
        with gzip.open(folder / f"{name}.jsonl.gz", "rt", encoding="utf-8") as file:
            for line in file:
                text = json.loads(line)["text"]
                if max(map(len, text.split()), default=0) <= LONGEST_PIECE:
                    yield text


def _cut(texts: Iterable[str], megabytes: float) -> Iterator[str]:
    left = megabytes * 1e6
    for text in texts:
        if left <= 0:
            return
        left -= len(text.encode("utf-8"))
        yield text
