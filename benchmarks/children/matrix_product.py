"""The machine's own matrix product, which no training step can outrun."""

from typing import Any

import torch

from harness.child import Job, serve

SIZE = 2048
PRODUCTS = 10
WORK = PRODUCTS * 2 * SIZE**3
"""Floating-point operations of a repetition."""
TYPES = {"fp32": torch.float32, "bf16": torch.bfloat16}


def build(settings: dict[str, Any]) -> Job:
    # Lets single precision go through oneDNN; without AMX it stays exact, with AMX it rounds.
    torch.set_float32_matmul_precision("medium")
    left, right = torch.randn(2, SIZE, SIZE).to(TYPES[settings["precision"]])

    def run() -> None:
        for _ in range(PRODUCTS):
            torch.mm(left, right)

    run()
    return Job(run, lambda: {"work": WORK, "threads": torch.get_num_threads()})


if __name__ == "__main__":
    serve(build)
