"""Speed of a training step, as a share of the machine's own matrix product measured beside it.

Absolute figures of shared machines mean little, so product and step are timed in turn and the
medians of their ratios are printed.

    python benchmarks/training_step.py [PRESET] [VOCABULARY]
"""

import statistics
import sys
import time
from itertools import pairwise

import torch

from ulmus.batches.contiguous import StreamBatch
from ulmus.models.awd_lstm import LANGUAGE_MODEL_DROPOUTS, AwdLstmSettings
from ulmus.models.language_model import LanguageModel, build_language_model
from ulmus.models.presets import preset
from ulmus.training.objectives import LanguageModelObjective
from ulmus.training.parameter_groups import build_optimizer
from ulmus.training.stage import Stage

ROUNDS = 7
BATCH_SIZE, SEQUENCE_LENGTH = 32, 72
PRODUCT_SIZE = 2048


def main() -> None:
    name = sys.argv[1] if len(sys.argv) > 1 else "compact"
    vocabulary_size = int(sys.argv[2]) if len(sys.argv) > 2 else 15_000
    size = preset(name)
    model = build_language_model(size, vocabulary_size, LANGUAGE_MODEL_DROPOUTS)
    tokens = BATCH_SIZE * SEQUENCE_LENGTH
    work = training_flop(size, vocabulary_size) * tokens
    step, product = prepared_step(model, vocabulary_size), prepared_product()
    step(), product()
    rounds = [(timed(product), timed(step)) for _ in range(ROUNDS)]
    product_rate = [2 * PRODUCT_SIZE**3 / seconds for seconds, _ in rounds]
    shares = [
        work / seconds / rate for (_, seconds), rate in zip(rounds, product_rate, strict=True)
    ]
    speeds = [tokens / seconds for _, seconds in rounds]
    print(f"{name}, {vocabulary_size:,} words, batch {BATCH_SIZE} x {SEQUENCE_LENGTH}, fp32")
    print(f"threads: {torch.get_num_threads()}, torch {torch.__version__}")
    print(f"matrix product: {statistics.median(product_rate) / 1e9:,.0f} GFLOP/s")
    print(f"training step: {statistics.median(speeds):,.0f} tokens/s", end=" ")
    print(f"({min(speeds):,.0f} to {max(speeds):,.0f})")
    print(f"share of the product's rate: {statistics.median(shares):.0%}")


def training_flop(size: AwdLstmSettings, vocabulary_size: int) -> int:
    """Floating-point operations a token: forward, and twice that backward."""
    inner = [size.hidden_size] * (size.layer_count - 1)
    sizes = [size.embedding_size, *inner, size.embedding_size]
    layers = sum(4 * made * (given + made) for given, made in pairwise(sizes))
    return 3 * 2 * (layers + size.embedding_size * vocabulary_size)


def prepared_step(model: LanguageModel, vocabulary_size: int):
    window = torch.randint(vocabulary_size, (BATCH_SIZE, SEQUENCE_LENGTH + 1))
    batch = StreamBatch(window[:, :-1], window[:, 1:])
    stage = Stage(name="benchmark", epochs=1, learning_rate=1e-3)
    optimizer = build_optimizer(model.layer_groups(), stage, weight_decay=0.01)
    objective = LanguageModelObjective()
    model.train()

    def step() -> None:
        loss, _, _ = objective(model, batch, None)
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()

    return step


def prepared_product():
    left, right = torch.randn(2, PRODUCT_SIZE, PRODUCT_SIZE)
    return lambda: left @ right


def timed(action) -> float:
    started = time.perf_counter()
    action()
    return time.perf_counter() - started


if __name__ == "__main__":
    main()
