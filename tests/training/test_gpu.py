"""Training on a GPU, where there is one: the same losses as on the CPU."""

from typing import Any

import numpy as np
import pytest
import torch

from ulmus.batches import ContiguousBatches, EncodedDocuments
from ulmus.batches.length_buckets import LengthBuckets
from ulmus.models.awd_lstm import AwdLstmSettings
from ulmus.models.language_model import build_language_model
from ulmus.models.text_classifier import ClassifierSettings, build_text_classifier
from ulmus.nn.precision import Precision
from ulmus.training.engine import Engine, EngineSettings
from ulmus.training.loop import Trainer
from ulmus.training.objectives import ClassificationObjective, LanguageModelObjective
from ulmus.training.stage import Stage

pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")

SIZE = AwdLstmSettings(embedding_size=32, hidden_size=64, layer_count=2)
STAGE = Stage(name="all", epochs=2, learning_rate=1e-3)


def _documents() -> EncodedDocuments:
    generator = np.random.default_rng(0)
    documents = [generator.integers(0, 50, length) for length in generator.integers(5, 60, 80)]
    return EncodedDocuments.join(documents, generator.integers(0, 2, 80))


def _losses(device: Any, precision: Precision, task: str) -> list[float]:
    engine = Engine(EngineSettings(device=device, precision=precision))
    engine.start()
    documents = _documents()
    if task == "language model":
        memory = engine.memory_for(4 * len(documents.ids))
        assert (memory is None) is (device == "cpu")
        batches: Any = ContiguousBatches(
            documents, batch_size=8, sequence_length=20, shuffle=True, laid_out_on=memory
        )
        model: Any = build_language_model(SIZE, 50)
        objective: Any = LanguageModelObjective()
    else:
        batches = LengthBuckets(documents, batch_size=8, training=True)
        reading = ClassifierSettings(sequence_length=16, max_length=32)
        model, objective = (
            build_text_classifier(SIZE, 50, 2, settings=reading),
            ClassificationObjective(),
        )
        model.head.layers[5].p = 0.0  # drawn differently on each device
    history = Trainer(model, objective, batches, batches, engine).run([STAGE])
    return [record.valid_loss for record in history.epochs]


@pytest.mark.parametrize("task", ["language model", "classifier"])
@pytest.mark.parametrize(("precision", "bound"), [("fp32", 1e-3), ("bf16", 2e-2)])
def test_losses_are_those_of_the_cpu(task: str, precision: Precision, bound: float) -> None:
    assert _losses("cuda", precision, task) == pytest.approx(
        _losses("cpu", "fp32", task), rel=bound
    )
