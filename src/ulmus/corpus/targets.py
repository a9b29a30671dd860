"""What a corpus' documents are to be judged as: the id of a class, a row of tags, or a number."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ulmus.corpus.layout import TRAIN
from ulmus.corpus.spool import NO_LABEL, SplitSpool
from ulmus.errors import LabelError
from ulmus.text.targets import SEPARATOR, TargetKind, number_of, tags_of

SHOWN_LABELS = 20


class Targets(NamedTuple):
    """The targets of a corpus.

    Attributes:
        kind: What a label is.
        separator: What stands between tags.
        labels: The names of the classes or tags in the order of their ids; empty for numbers.
        values: For each provisional label number its target.

    Shapes:
        values: (N,) int32 for classes, (N, C) bool for tags, (N,) float64 for numbers.
    """

    kind: TargetKind
    separator: str
    labels: tuple[str, ...]
    values: NDArray[Any]


class LabelReading(NamedTuple):
    """How labels become targets.

    Attributes:
        kind: What a label is.
        separator: What stands between tags.
    """

    kind: TargetKind = "class"
    separator: str = SEPARATOR


CLASSES = LabelReading()


def decide_targets(
    reading: LabelReading, names: Sequence[str], splits: Mapping[str, SplitSpool]
) -> Targets | None:
    """Return the targets of a corpus; None where no document carries a label.

    Args:
        reading: What a label is.
        names: The labels found, as texts, by provisional number.
        splits: The splits, with the provisional numbers found in each.

    Raises:
        LabelError: Only some documents carry a label, no training document has a tag, a label is
            no number, or one of another split is not known.
    """
    found = set[int]().union(*(split.label_numbers for split in splits.values()))
    kind, separator = reading
    if found <= {NO_LABEL}:
        return None
    _check_all_labelled(splits)
    if kind == "number":
        numbers = np.array([number_of(name) for name in names], np.float64)
        return Targets(kind, separator, (), numbers)
    parts = [tags_of(name, separator) if kind == "tags" else (name,) for name in names]
    held = {
        split: [part for number in sorted(spool.label_numbers) for part in parts[number]]
        for split, spool in splits.items()
    }
    labels = tuple(sorted(set(held[TRAIN])))
    for split, there in held.items():
        _check_known(split, there, labels)
    if kind == "class":
        ids = {label: index for index, label in enumerate(labels)}
        return Targets(kind, separator, labels, np.array([ids[name] for name in names], np.int32))
    return Targets(kind, separator, labels, label_rows(parts, labels))


def label_rows(parts: Sequence[Sequence[str]], labels: Sequence[str]) -> NDArray[np.bool_]:
    """Return which labels each of some lists of labels holds.

    Args:
        parts: N lists; all of what they hold is among `labels`.
        labels: The labels in the order of their ids.

    Shapes:
        Returns (N, C) for C labels.
    """
    ids = {label: index for index, label in enumerate(labels)}
    rows = np.zeros((len(parts), len(labels)), bool)
    for row, held in enumerate(parts):
        rows[row, [ids[label] for label in held]] = True
    return rows


def _check_all_labelled(splits: Mapping[str, SplitSpool]) -> None:
    gaps = [name for name, spool in splits.items() if NO_LABEL in spool.label_numbers]
    if gaps:
        raise LabelError(
            "documents without a label",
            given=", ".join(gaps),
            accepted="a label for every document of every split, or for none",
            remedy="Label them, or leave the label column out",
        )


def _check_known(split: str, found: Sequence[str], known: Sequence[str]) -> None:
    if not known:
        raise LabelError(
            "no training document has a tag",
            accepted="one tag or more in all",
            remedy="Name the right column with --label, and what stands between tags with "
            "--separator",
        )
    there = set(known)
    unknown = [label for label in dict.fromkeys(found) if label not in there]
    if not unknown:
        return
    shown = ", ".join(known[:SHOWN_LABELS]) + (", …" if len(known) > SHOWN_LABELS else "")
    raise LabelError(
        f"an unknown label in the {split} split",
        given=", ".join(unknown),
        accepted=shown,
        remedy="Mend the label, or add training documents with it",
    )
