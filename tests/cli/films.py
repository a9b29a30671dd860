"""Reviews of films, made up by rule: any model can learn them, and every run sees the same."""

import csv
from collections.abc import Iterable, Sequence
from pathlib import Path

GOOD = ("lovely", "warm", "bright", "funny", "clever", "tender", "moving", "superb")
BAD = ("dull", "cold", "dark", "boring", "clumsy", "harsh", "flat", "awful")
NOUNS = ("film", "story", "actor", "scene", "script", "music", "ending", "picture", "plot")


def reviews(count: int) -> list[tuple[str, str]]:
    """Return texts and labels, good and bad in turn."""
    rows = []
    for index in range(count):
        words = GOOD if index % 2 else BAD
        said = [
            f"The {NOUNS[(index + 4 * part) % 9]} is {words[(index + part) % 8]} "
            f"and {words[(3 * index + part) % 8]} ."
            for part in range(3)
        ]
        rows.append((" ".join(said), "good" if index % 2 else "bad"))
    return rows


(BLAME, _), (PRAISE, _) = reviews(2)


def write_table(
    path: Path, rows: Iterable[Sequence[str]], header: Sequence[str] = ("text", "label")
) -> Path:
    """Write a CSV file and return its path."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        writer.writerows(rows)
    return path
