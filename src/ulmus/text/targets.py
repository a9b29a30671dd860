"""What a label says: the class of a document, its tags, or a number."""

import math
from typing import Literal

from ulmus.errors import LabelError

TargetKind = Literal["class", "tags", "number"]

SEPARATOR = ";"


def tags_of(label: str, separator: str) -> tuple[str, ...]:
    """Return the tags of a label, each once and without white space around it.

    Args:
        label: Such as `funny; short`; an empty one has no tags.
        separator: What stands between tags.
    """
    parts = (part.strip() for part in label.split(separator))
    return tuple(dict.fromkeys(part for part in parts if part))


def number_of(label: str) -> float:
    """Return a label's number.

    Args:
        label: Such as `4.5` or `-1e3`.

    Raises:
        LabelError: It is no finite number.
    """
    try:
        number = float(label)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise LabelError(
            "a label that is no number",
            given=label,
            accepted="numbers such as 4.5",
            remedy="Mend it, or take --target class",
        )
    return number
