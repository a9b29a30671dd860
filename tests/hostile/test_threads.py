"""One loaded bundle serves sixteen threads with the answers that one would get."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from typing import Any

import numpy as np
import pytest

from tests.bundle.saved_models import classifier, language_model
from ulmus.bundle.reader import load
from ulmus.bundle.writer import write_bundle

THREADS, ROUNDS = 16, 5
TEXTS = [f"blue sky number {index} " * (1 + index % 7) for index in range(THREADS)]


@pytest.fixture(scope="module")
def bundles(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    made = {}
    for name, bundle in (("classifier", classifier()), ("model", language_model())):
        folder: Path = tmp_path_factory.mktemp(name)
        write_bundle(folder, bundle)
        made[name] = load(folder)
    return made


def answers(bundles: dict[str, Any], index: int) -> tuple[Any, ...]:
    text, model = TEXTS[index], bundles["model"]
    return (
        bundles["classifier"].predict_proba([text])[0].tolist(),
        model.generate(text, max_tokens=12, temperature=0.9, seed=index),
        model.perplexity([text]).per_token,
        model.processor.encode(text).tolist(),
    )


def test_sixteen_threads_get_what_one_would(bundles: dict[str, Any]) -> None:
    alone = [answers(bundles, index) for index in range(THREADS)]
    together = Barrier(THREADS)

    def work(index: int) -> list[tuple[Any, ...]]:
        together.wait()
        return [answers(bundles, index) for _ in range(ROUNDS)]

    with ThreadPoolExecutor(THREADS) as pool:
        for expected, found in zip(alone, pool.map(work, range(THREADS)), strict=True):
            for each in found:
                assert each[1] == expected[1]
                assert each[3] == expected[3]
                np.testing.assert_allclose(each[0], expected[0], atol=1e-6)
                np.testing.assert_allclose(each[2], expected[2], rtol=1e-6)
