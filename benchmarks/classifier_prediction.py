"""Prediction of many documents beside fastai's validation pass, and whether it stays right.

Both sides hold the same weights, of a classifier trained for some steps on documents of two
classes, and the ids of the same documents. What is judged: our fp32 by a reference in double
precision, our bf16 by our fp32. fastai pads in front, so its labels may differ at the border.

    python benchmarks/classifier_prediction.py [--quick]
"""

import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from harness.results import Result, compared
from harness.rounds import ChildSpec, Measured, alternate
from harness.script import Options, required, run_script

VOCABULARY_SIZE = 30_000
BATCH_SIZE = 64
PRECISIONS = ("fp32", "bf16")


def measure(options: Options) -> Iterator[Result]:
    peer = options.peer  # asked first: what follows takes minutes
    with tempfile.TemporaryDirectory() as folder:
        settings = {
            "folder": folder,
            "vocabulary_size": VOCABULARY_SIZE,
            "documents": options.size(512, 32),
            "judged": options.size(4096, 64),
            "referred": options.size(128, 4),
            "batch_size": BATCH_SIZE,
            "steps": options.size(40, 4),
        }
        made = _alone("ulmus_trained_classifier", settings)
        _alone("reference_prediction", settings)
        children = [
            ChildSpec(
                "peer",
                "children.fastai_classifier",
                {**settings, "weights": str(Path(folder) / "peer.safetensors")},
                peer,
            ),
            *(
                ChildSpec(name, "children.ulmus_prediction", {**settings, "precision": name})
                for name in PRECISIONS
            ),
        ]
        measured = alternate(children, options.round_count(5, 1))
        for name in PRECISIONS:
            yield _speed(measured, name, settings["documents"])
        accuracy = f"after training to {made.facts['accuracy']:.0%}"
        yield _agreement("labels_fp32", measured["fp32"], Path(folder), "reference", accuracy)
        yield _agreement("labels_bf16", measured["bf16"], Path(folder), "fp32", accuracy)


def _alone(module: str, settings: Mapping[str, Any]) -> Measured:
    """Let a child do what it does when it is built, and nothing else."""
    return required(alternate([ChildSpec("", f"children.{module}", settings)], 0)[""], module)


def _speed(measured: Mapping[str, Measured], name: str, documents: int) -> Result:
    theirs, ours = measured["peer"], measured[name]
    note = f"{documents} documents, batches of {BATCH_SIZE}"
    if theirs.missing is None and ours.missing is None:
        pairs = zip(theirs.facts["labels"], ours.facts["labels"], strict=True)
        equal = sum(one == other for one, other in pairs) / documents
        note += f"; labels equal to the peer's: {equal:.1%}"
    return compared(f"prediction_{name}", theirs, ours, amount=documents, note=note)


def _agreement(key: str, ours: Measured, folder: Path, wanted: str, accuracy: str) -> Result:
    if ours.missing is not None:
        return Result(key, not_run=f"ulmus: {ours.missing}")
    name = key.removeprefix("labels_")
    expected = np.load(folder / f"{wanted}.npy")
    found = np.load(folder / f"{name}.npy")[: len(expected)]
    equal = 100 * float((found.argmax(1) == expected.argmax(1)).mean())
    difference = np.abs(found - expected).max()
    note = f"{len(expected)} documents {accuracy}, largest difference {difference:.1e}"
    return Result(key, ulmus=equal, value=equal, note=note)


if __name__ == "__main__":
    run_script("classifier_prediction", measure)
