"""Batches of 64 x 72 from a corpus on disk, of any size."""

import time
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from harness.child import Job, serve
from harness.random_ids import zipf_ids
from ulmus.batches.contiguous import ContiguousBatches
from ulmus.corpus.arrow_file import map_documents, open_writer

VOCABULARY_SIZE = 30_000
DOCUMENT_TOKENS = 250
BLOCK_TOKENS = 1_000_000
BATCHES = 200


def build(settings: dict[str, Any]) -> Job:
    path = Path(settings["folder"]) / f"{settings['tokens']}.arrow"
    ids = zipf_ids(BLOCK_TOKENS, VOCABULARY_SIZE).astype(np.uint16)
    lengths = np.full(BLOCK_TOKENS // DOCUMENT_TOKENS, DOCUMENT_TOKENS, np.int64)
    with open_writer(path, np.uint16, None) as writer:
        for _ in range(settings["tokens"] // BLOCK_TOKENS):
            writer.append(ids, lengths, None)
    documents = map_documents(path, np.uint16, None)
    batches = ContiguousBatches(documents, batch_size=64, sequence_length=72, shuffle=True)
    epoch = 0

    def run() -> float:
        """Return the seconds of some batches, without what an epoch costs once."""
        nonlocal epoch
        epoch += 1
        drawn = batches.batches(epoch)
        next(drawn)
        started = time.perf_counter()
        for _ in islice(drawn, BATCHES):
            pass
        return time.perf_counter() - started

    run()
    return Job(run, lambda: {"batches": BATCHES})


if __name__ == "__main__":
    serve(build)
