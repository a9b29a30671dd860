"""Our prediction of many documents, given as ids."""

from pathlib import Path
from typing import Any

import numpy as np

from children.ulmus_precision import loaded
from harness.child import Job, serve
from harness.random_ids import labelled_documents

WARMING = 8


def build(settings: dict[str, Any]) -> Job:
    folder = Path(settings["folder"])
    bundle = loaded(str(folder / "bundle"), settings["precision"])
    judged, _ = labelled_documents(settings["judged"], settings["vocabulary_size"])
    documents, labels = labelled_documents(settings["documents"], settings["vocabulary_size"])
    answers = bundle.answers(documents[:WARMING])

    def run() -> None:
        nonlocal answers
        answers = bundle.answers(documents)

    def facts() -> dict[str, Any]:
        np.save(folder / f"{settings['precision']}.npy", bundle.answers(judged))
        right = float((answers.argmax(1) == np.array(labels)).mean())
        return {"labels": answers.argmax(1).tolist(), "accuracy": right}

    return Job(run, facts)


if __name__ == "__main__":
    serve(build)
