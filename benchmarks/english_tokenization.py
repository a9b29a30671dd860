"""English to ids on disk beside fastai, with one process and with two.

The peer: `tokenize_df`, `make_vocab`, `Numericalize` and `numpy.save`; ours: `write_corpus` with
the same rules. Both get the texts in memory, and their tokens are compared by a hash. That two
processes are nearly twice as fast is looked for on more text, where starting them does not count.

    python benchmarks/english_tokenization.py [--quick]
"""

from collections.abc import Iterator

from harness.results import Result
from harness.script import Options, run_script
from harness.spread import ratios
from harness.tokenization import measured_tokenization, tokenized

PROCESSES = {"peer 1": 1, "ulmus 1": 1, "peer 2": 2, "ulmus 2": 2}


def measure(options: Options) -> Iterator[Result]:
    measured = measured_tokenization(
        options,
        PROCESSES,
        language="english",
        megabytes=options.size(24, 2),
        rounds=options.round_count(3, 1),
    )
    for count in (1, 2):
        yield tokenized(f"english_{count}", measured[f"peer {count}"], measured[f"ulmus {count}"])
    yield _scaling(options)


def _scaling(options: Options) -> Result:
    measured = measured_tokenization(
        options,
        {"one": 1, "two": 2},
        language="english",
        megabytes=options.size(90, 3),
        rounds=options.round_count(3, 1),
    )
    one, two = measured["one"], measured["two"]
    for found in (one, two):
        if found.missing is not None:
            return Result("english_scaling", not_run=f"ulmus: {found.missing}")
    faster = ratios(one.seconds, two.seconds)
    megabytes = one.facts["megabytes"]
    note = f"{megabytes:.0f} MB, {faster.low:.2f}-{faster.high:.2f} times as fast"
    speed = megabytes / sorted(two.seconds)[len(two.seconds) // 2]
    return Result("english_scaling", ulmus=speed, value=faster.median, note=note)


if __name__ == "__main__":
    run_script("english_tokenization", measure)
