"""One text of 20 tokens to its label, from a loaded model: `learn.predict`, `bundle.predict`.

Both sides hold the same untrained weights of full size; a repetition is each of some texts, one
call a text.

    python benchmarks/single_prediction.py [--quick]
"""

import tempfile
from collections.abc import Iterator
from dataclasses import replace

from harness.results import Result, compared
from harness.script import Options, run_script
from harness.text_bundles import measured_texts

MILLISECONDS = 1000


def measure(options: Options) -> Iterator[Result]:
    texts = options.size(40, 10)
    with tempfile.TemporaryDirectory() as folder:
        rounds = options.round_count(9, 3)
        measured = measured_texts(options, folder, "classification", texts=texts, rounds=rounds)
    theirs, ours = measured["peer"], measured["ulmus"]
    row = compared("one_document", theirs, ours)
    if row.peer is None or row.ulmus is None:
        yield row
        return
    pairs = zip(theirs.facts["labels"], ours.facts["labels"], strict=True)
    equal = sum(one == other for one, other in pairs)
    yield replace(
        row,
        peer=row.peer / texts * MILLISECONDS,
        ulmus=row.ulmus / texts * MILLISECONDS,
        note=f"{equal} of {texts} labels are the peer's",
    )


if __name__ == "__main__":
    run_script("single_prediction", measure)
