"""Documents that are there more than once, or nearly so."""

import zlib
from collections.abc import Sequence
from typing import NamedTuple

from datasketch import MinHash, MinHashLSH

RUN = 5
"""Characters of the runs by which texts are compared, in any language with or without spaces."""

PERMUTATIONS = 128
MOST_CHARACTERS = 20_000
"""Of a text that are looked at."""


class Pair(NamedTuple):
    """Two documents that are alike, the earlier one first.

    Attributes:
        first: Index of the one.
        second: Index of the other.
        likeness: About the share of runs of five characters that both have of those that either
            has; 1 for exact copies.
    """

    first: int
    second: int
    likeness: float


def exact_copies(texts: Sequence[str]) -> list[Pair]:
    """Return each text that was there before, with its first occurrence; case and spaces count.

    Args:
        texts: The texts, in order.
    """
    first: dict[str, int] = {}
    found: list[Pair] = []
    for index, text in enumerate(texts):
        earlier = first.setdefault(text, index)
        if earlier != index:
            found.append(Pair(earlier, index, 1.0))
    return found


def near_copies(texts: Sequence[str], *, likeness: float = 0.8) -> list[Pair]:
    """Return pairs of texts that are nearly the same, but no exact copies.

    Case and the number of spaces do not count. Pairs are found by MinHash and locality-sensitive
    hashing, in time linear in the text: Broder, "On the Resemblance and Containment of Documents"
    (1997). A pair near the limit may be missed.

    Args:
        texts: The texts, in order.
        likeness: From which on a pair counts.
    """
    first: dict[str, int] = {}
    for index, text in enumerate(texts):
        first.setdefault(text, index)
    table = MinHashLSH(threshold=likeness, num_perm=PERMUTATIONS)
    hashes: dict[int, MinHash] = {}
    found: list[Pair] = []
    for text, index in first.items():
        sketch = _sketch(text)
        if sketch is None:
            continue
        for other in table.query(sketch):
            alike = float(sketch.jaccard(hashes[other]))
            if alike >= likeness:
                found.append(Pair(other, index, alike))
        hashes[index] = sketch
        table.insert(index, sketch)
    return sorted(found)


def _sketch(text: str) -> MinHash | None:
    """Return what a text is compared by; None for one that is too short to be like another."""
    plain = " ".join(text[:MOST_CHARACTERS].casefold().split())
    runs = {plain[start : start + RUN] for start in range(len(plain) - RUN + 1)}
    if not runs:
        return None
    sketch = MinHash(num_perm=PERMUTATIONS, hashfunc=zlib.crc32)
    sketch.update_batch([run.encode("utf-8", "surrogatepass") for run in runs])
    return sketch
