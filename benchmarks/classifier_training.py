"""Classifier training beside fastai: documents of 20 to 1,200 tokens, the whole model trained.

Both sides read the same documents in batches of equal size, sorted by length as each does it, with
max_length 1,440 and chunks of 72; a repetition is a pass over all of them.

    python benchmarks/classifier_training.py [--quick]
"""

from collections.abc import Iterator

from harness.results import Result, compared
from harness.rounds import ChildSpec, alternate
from harness.script import Options, run_script

VOCABULARY_SIZE = 30_000
PRECISIONS = ("fp32", "bf16")


def measure(options: Options) -> Iterator[Result]:
    documents, batch_size = options.size((192, 32), (16, 8))
    sizes = {
        "documents": documents,
        "batch_size": batch_size,
        "vocabulary_size": VOCABULARY_SIZE,
    }
    children = [
        ChildSpec("peer", "children.fastai_classifier", sizes, options.peer),
        *(
            ChildSpec(name, "children.ulmus_classifier_training", {**sizes, "precision": name})
            for name in PRECISIONS
        ),
    ]
    measured = alternate(children, options.round_count(5, 1))
    for name in PRECISIONS:
        note = f"{documents} documents in batches of {batch_size}"
        theirs, ours = measured["peer"], measured[name]
        yield compared(f"classifier_{name}", theirs, ours, amount=documents, note=note)


if __name__ == "__main__":
    run_script("classifier_training", measure)
