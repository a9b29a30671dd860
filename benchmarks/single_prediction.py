"""One text of 20 tokens to its label, from a loaded model: `learn.predict`, `bundle.predict`.

Both sides hold the same untrained weights of full size; a repetition is each of some texts, one
call a text.

    python benchmarks/single_prediction.py [--quick]
"""

import tempfile
from collections.abc import Iterator
from dataclasses import replace

from harness.results import Result, compared
from harness.rounds import Measured
from harness.script import Options, run_script
from harness.text_bundles import PRECISIONS, measured_texts

MILLISECONDS = 1000


def measure(options: Options) -> Iterator[Result]:
    texts = options.size(40, 10)
    with tempfile.TemporaryDirectory() as folder:
        rounds = options.round_count(9, 3)
        measured = measured_texts(options, folder, "classification", texts=texts, rounds=rounds)
    for precision in PRECISIONS:
        yield _row(f"one_document_{precision}", measured["peer"], measured[precision], texts)


def _row(key: str, theirs: Measured, ours: Measured, texts: int) -> Result:
    row = compared(key, theirs, ours)
    if row.peer is None or row.ulmus is None:
        return row
    pairs = zip(theirs.facts["labels"], ours.facts["labels"], strict=True)
    equal = sum(one == other for one, other in pairs)
    return replace(
        row,
        peer=row.peer / texts * MILLISECONDS,
        ulmus=row.ulmus / texts * MILLISECONDS,
        note=f"{equal} of {texts} labels are the peer's",
    )


if __name__ == "__main__":
    run_script("single_prediction", measure)
