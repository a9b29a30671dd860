"""What the rows share in which a text goes in: bundles over real words, the same for both sides."""

from collections.abc import Mapping
from typing import Any

from .rounds import ChildSpec, Measured, alternate
from .script import Options, required

VOCABULARY_SIZE = 30_000
PRECISIONS = ("fp32", "bf16")
MAKER = "children.ulmus_text_bundles"


def measured_texts(
    options: Options, folder: str, job: str, *, texts: int, rounds: int, **more: Any
) -> Mapping[str, Measured]:
    """Make the bundles and let both sides do a job with them.

    Args:
        options: How to measure.
        folder: Where the bundles can lie.
        job: `classification` or `generation`.
        texts: How many texts and prompts there are.
        rounds: Repetitions of each side.
        more: What else the children are told.

    Returns:
        The measurements of `peer`, and of ours by precision.
    """
    settings = {"folder": folder, "job": job, **more}
    peer = options.peer
    making = {
        "folder": folder,
        "data": str(options.data),
        "megabytes": options.size(10, 3),
        "vocabulary_size": VOCABULARY_SIZE,
        "texts": texts,
    }
    required(alternate([ChildSpec("", MAKER, making)], 0)[""], MAKER)
    children = [
        ChildSpec("peer", "children.fastai_texts", settings, peer),
        *(
            ChildSpec(precision, "children.ulmus_texts", {**settings, "precision": precision})
            for precision in PRECISIONS
        ),
    ]
    return alternate(children, rounds)
