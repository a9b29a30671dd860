"""Language-model training beside fastai: AWD-LSTM 400/1152/3, batch 64, BPTT 72, five dropouts.

Both sides make the same step over the same batch: forward with all dropouts and the state of the
step before, cross-entropy, AR and TAR (2, 1), backward, clipping, Adam with weight decay.

    python benchmarks/language_model_training.py [--quick]
"""

from collections.abc import Iterator, Mapping
from itertools import pairwise

from harness.results import Result, compared
from harness.rounds import ChildSpec, Measured, alternate
from harness.script import Options, run_script
from harness.spread import shares, spread

VOCABULARY_SIZES = {"30k": 30_000, "60k": 60_000, "15k": 15_000}
PRECISIONS = ("fp32", "bf16")
LAYER_SIZES = (400, 1152, 1152, 400)
SEQUENCE_LENGTH = 72


def measure(options: Options) -> Iterator[Result]:
    batch_size = options.size(64, 16)
    tokens = batch_size * SEQUENCE_LENGTH
    for name, vocabulary_size in VOCABULARY_SIZES.items():
        if options.quick and name != "30k":
            continue
        sizes = {
            "vocabulary_size": vocabulary_size,
            "batch_size": batch_size,
            "sequence_length": SEQUENCE_LENGTH,
        }
        measured = alternate(_children(options, sizes), options.round_count(7))
        work = tokens * training_flop(vocabulary_size)
        for precision in PRECISIONS:
            yield _row(f"train_{name}_{precision}", measured, precision, tokens, work)
        if name == "30k":
            for precision in PRECISIONS:
                yield _memory(f"train_memory_{precision}", measured["peer"], measured[precision])


def training_flop(vocabulary_size: int) -> int:
    """Floating-point operations a token: forward, and twice that backward."""
    layers = sum(4 * made * (given + made) for given, made in pairwise(LAYER_SIZES))
    return 3 * 2 * (layers + LAYER_SIZES[0] * vocabulary_size)


def _children(options: Options, sizes: Mapping[str, int]) -> list[ChildSpec]:
    ours = [
        ChildSpec(precision, "children.ulmus_training", {**sizes, "precision": precision})
        for precision in PRECISIONS
    ]
    products = [
        ChildSpec(f"product {precision}", "children.matrix_product", {"precision": precision})
        for precision in PRECISIONS
    ]
    return [ChildSpec("peer", "children.fastai_training", sizes, options.peer), *ours, *products]


def _row(
    key: str, measured: Mapping[str, Measured], precision: str, tokens: int, work: int
) -> Result:
    ours, product = measured[precision], measured[f"product {precision}"]
    if ours.missing is not None or product.missing is not None:
        return compared(key, measured["peer"], ours)
    share = shares(ours.seconds, work, product.seconds, product.facts["work"])
    rate = product.facts["work"] / spread(product.seconds).median / 1e9
    note = (
        f"product {rate:,.0f} GFLOP/s, {work / tokens / 1e6:.1f} MFLOP a token, share "
        f"{share.low:.0%}-{share.high:.0%}, {ours.facts['threads']} threads"
    )
    more = {"product_share": share.median, "note": note}
    return compared(key, measured["peer"], ours, amount=tokens, **more)


def _memory(key: str, theirs: Measured, ours: Measured) -> Result:
    for side, one in (("peer", theirs), ("ulmus", ours)):
        if one.missing is not None:
            return Result(key, not_run=f"{side}: {one.missing}")
    ratio = spread([theirs.peak_memory_mb / ours.peak_memory_mb])
    return Result(key, peer=theirs.peak_memory_mb, ulmus=ours.peak_memory_mb, ratio=ratio)


if __name__ == "__main__":
    run_script("language_model_training", measure)
