"""What the two languages' tokenization has in common."""

import tempfile
from collections.abc import Mapping
from typing import Any

from .results import Result, compared
from .rounds import ChildSpec, Measured, alternate
from .script import Options

LIMITS = {"max_vocab": 60_000, "min_freq": 3}


def measured_tokenization(
    options: Options,
    processes: Mapping[str, int],
    *,
    language: str,
    megabytes: float,
    rounds: int,
) -> dict[str, Measured]:
    """Let children tokenize the same texts in turn.

    Args:
        options: How to measure.
        processes: By name, those of the peer beginning with `peer`, how many processes work.
        language: `english` or `thai`.
        megabytes: How much text.
        rounds: Repetitions.
    """
    said: dict[str, Any] = {
        "data": str(options.data),
        "language": language,
        "megabytes": megabytes,
        **LIMITS,
    }
    peer = options.peer if any(map(_is_peer, processes)) else None
    with tempfile.TemporaryDirectory() as folder:
        children = []
        for name, count in processes.items():
            # Both sides do it in the process that asks where they are told of no workers.
            settings = {**said, "folder": folder, "workers": count if count > 1 else 0}
            module = "fastai" if _is_peer(name) else "ulmus"
            python = peer if _is_peer(name) else None
            children.append(ChildSpec(name, f"children.{module}_tokenization", settings, python))
        return alternate(children, rounds)


def tokenized(key: str, theirs: Measured, ours: Measured) -> Result:
    """Return the row of both, noting whether they found the same tokens."""
    if theirs.missing is not None or ours.missing is not None:
        return compared(key, theirs, ours)
    megabytes = ours.facts["megabytes"]
    same = "the same" if theirs.facts["hash"] == ours.facts["hash"] else "OTHER"
    note = f"{megabytes:.1f} MB in {ours.facts['documents']:,} documents, {same} tokens as the peer"
    return compared(key, theirs, ours, amount=megabytes, note=note)


def _is_peer(name: str) -> bool:
    return name.startswith("peer")
