"""Fifty words after a prompt of twenty, full size, V 30,000: `learn.predict`, `bundle.generate`.

Both sides hold the same untrained weights and draw at temperature 1 without unknown words.

    python benchmarks/generation.py [--quick]
"""

import tempfile
from collections.abc import Iterator

from harness.results import Result, compared
from harness.script import Options, run_script
from harness.text_bundles import PRECISIONS, measured_texts

PROMPTS = 8


def measure(options: Options) -> Iterator[Result]:
    words = options.size(50, 20)
    with tempfile.TemporaryDirectory() as folder:
        measured = measured_texts(
            options,
            folder,
            "generation",
            texts=PROMPTS,
            rounds=options.round_count(7),
            words=words,
        )
    for precision in PRECISIONS:
        key = f"fifty_words_{precision}"
        yield compared(key, measured["peer"], measured[precision], amount=words)


if __name__ == "__main__":
    run_script("generation", measure)
