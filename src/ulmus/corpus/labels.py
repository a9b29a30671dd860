"""Which labels a corpus has, and the id of each."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ulmus.corpus.layout import TRAIN
from ulmus.corpus.spool import NO_LABEL, SplitSpool
from ulmus.errors import LabelError

SHOWN_LABELS = 20


def decide_labels(
    given: Sequence[str] | None, names: Sequence[str], splits: dict[str, SplitSpool]
) -> tuple[str, ...]:
    """Return the labels of a corpus in the order of their ids.

    Args:
        given: The labels, where the caller knows them.
        names: The labels found, by provisional number.
        splits: The splits, with the provisional numbers found in each.

    Returns:
        The given labels, else those of the training split in sorted order; none where no
        document carries one.

    Raises:
        LabelError: Only some documents carry a label, or one of another split is not known.
    """
    found = set[int]().union(*(split.label_numbers for split in splits.values()))
    if not given and found <= {NO_LABEL}:
        return ()
    if NO_LABEL in found:
        raise LabelError(
            "documents without a label",
            given=", ".join(name for name, s in splits.items() if NO_LABEL in s.label_numbers),
            accepted="a label for every document of every split, or for none",
            remedy="Label them, or leave the label column out",
        )
    known = tuple(given or sorted(names[number] for number in splits[TRAIN].label_numbers))
    for split, spool in splits.items():
        _check_known(split, [names[number] for number in sorted(spool.label_numbers)], known)
    return known


def label_ids(labels: Sequence[str], names: Sequence[str]) -> NDArray[np.int32]:
    """Return for each provisional label number the id of its label.

    Args:
        labels: The labels in the order of their ids.
        names: The labels found, by provisional number; all of them are among `labels`.

    Returns:
        An id for each provisional number.

    Shapes:
        Returns (N,) for N names.
    """
    ids = {label: i for i, label in enumerate(labels)}
    return np.array([ids[name] for name in names], np.int32)


def _check_known(split: str, found: Sequence[str], known: Sequence[str]) -> None:
    unknown = [label for label in found if label not in known]
    if not unknown:
        return
    shown = ", ".join(known[:SHOWN_LABELS]) + (", …" if len(known) > SHOWN_LABELS else "")
    raise LabelError(
        f"an unknown label in the {split} split",
        given=", ".join(unknown),
        accepted=shown,
        remedy="Mend the label, or add training documents with it",
    )
