"""Thai to ids on disk by PyThaiNLP's newmm, in fastai and here.

The peer with one process and with two, ours with two each time; the tokens are compared by a hash.

    python benchmarks/thai_tokenization.py [--quick]
"""

from collections.abc import Iterator

from harness.results import Result
from harness.script import Options, run_script
from harness.tokenization import measured_tokenization, tokenized

PROCESSES = {"peer 1": 1, "ulmus": 2, "peer 2": 2}


def measure(options: Options) -> Iterator[Result]:
    measured = measured_tokenization(
        options,
        PROCESSES,
        language="thai",
        megabytes=options.size(28, 3),
        rounds=options.round_count(3, 1),
    )
    for count in (1, 2):
        yield tokenized(f"thai_{count}", measured[f"peer {count}"], measured["ulmus"])


if __name__ == "__main__":
    run_script("thai_tokenization", measure)
