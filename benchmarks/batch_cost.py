"""What one batch of 64 x 72 costs from a corpus of 1 million and of 200 million tokens.

Documents of 250 tokens, shuffled anew for each repetition; what an epoch costs once is left out.

    python benchmarks/batch_cost.py [--quick]
"""

import tempfile
from collections.abc import Iterator

from harness.results import Result
from harness.rounds import ChildSpec, alternate
from harness.script import Options, required, run_script
from harness.spread import ratios, spread

MICROSECONDS = 1e6


def measure(options: Options) -> Iterator[Result]:
    sizes = {"small": 1_000_000, "large": options.size(200_000_000, 20_000_000)}
    with tempfile.TemporaryDirectory() as folder:
        children = [
            ChildSpec(name, "children.ulmus_batches", {"folder": folder, "tokens": tokens})
            for name, tokens in sizes.items()
        ]
        measured = alternate(children, options.round_count(15, 5))
    small, large = (required(measured[name], name) for name in sizes)
    each = MICROSECONDS / small.facts["batches"]
    times = ratios(large.seconds, small.seconds)
    note = (
        f"{spread(small.seconds).median * each:.0f} us of a corpus of 1 M; "
        f"{times.low:.2f}-{times.high:.2f} times, {sizes['large'] / 1e6:.0f} M tokens"
    )
    cost = spread(large.seconds).median * each
    yield Result("batch_cost", ulmus=cost, value=times.median, note=note)


if __name__ == "__main__":
    run_script("batch_cost", measure)
