"""Training on a GPU, where there is one: the same losses as on the CPU."""

from typing import Any

import numpy as np
import pytest
import torch

from ulmus.batches import ContiguousBatches, EncodedDocuments
from ulmus.batches.length_buckets import LengthBuckets
from ulmus.models.awd_lstm import (
    LANGUAGE_MODEL_DROPOUTS,
    NO_DROPOUTS,
    AwdLstmSettings,
    Dropouts,
)
from ulmus.models.language_model import build_language_model
from ulmus.models.text_classifier import ClassifierSettings, build_text_classifier
from ulmus.nn.precision import Precision
from ulmus.nn.recording import Recorder
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


def _losses(
    device: Any, precision: Precision, task: str, dropouts: Dropouts = NO_DROPOUTS
) -> list[float]:
    engine = Engine(EngineSettings(device=device, precision=precision))
    engine.start()
    documents = _documents()
    if task == "language model":
        memory = engine.memory_for(4 * len(documents.ids))
        assert (memory is None) is (device == "cpu")
        batches: Any = ContiguousBatches(
            documents, batch_size=8, sequence_length=20, shuffle=True, laid_out_on=memory
        )
        model: Any = build_language_model(SIZE, 50, dropouts)
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


def test_one_seed_gives_one_run_although_kernels_are_replayed() -> None:
    runs = [_losses("cuda", "fp32", "language model", LANGUAGE_MODEL_DROPOUTS) for _ in range(2)]
    assert runs[0] == pytest.approx(runs[1], rel=1e-5)
    assert runs[0] != pytest.approx(_losses("cuda", "fp32", "language model"), rel=1e-5)


def _gradients(model: Any, batches: list[torch.Tensor]) -> list[torch.Tensor]:
    state, found = None, []
    for tokens in batches:
        model.zero_grad()
        result = model.loss_sum(tokens, tokens.roll(1, 1), state)
        (result.total + result.raw.square().sum()).backward()
        state = tuple((hidden.detach(), cell.detach()) for hidden, cell in result.state)
        found += [p.grad.clone() for p in model.parameters() if p.grad is not None]
    return found


def test_a_recording_learns_what_the_encoder_learns() -> None:
    torch.manual_seed(0)
    model = build_language_model(SIZE, 50).cuda().train()
    shapes = [(8, 20), (8, 20), (8, 7), (8, 20)]  # the third is read by the encoder itself
    batches = [torch.randint(0, 50, shape, device="cuda") for shape in shapes]
    for learns in (True, False, True):  # frozen and thawed, as stages do
        for parameter in model.encoder.stack.layers[0].parameters():
            parameter.requires_grad_(learns)
        model.recorder = None
        launched = _gradients(model, batches)
        model.recorder = Recorder()
        replayed = _gradients(model, batches)
        assert len(replayed) == len(launched) > 0
        for one, other in zip(launched, replayed, strict=True):
            torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-5)


def test_hooks_hear_of_each_batch_of_a_recorded_model() -> None:
    model = build_language_model(SIZE, 50).cuda().train()
    model.recorder, tokens, heard = Recorder(), torch.zeros(8, 20, dtype=torch.int64).cuda(), []
    _gradients(model, [tokens])
    hook = model.encoder.stack.layers[1].register_forward_hook(lambda *_: heard.append(1))
    _gradients(model, [tokens] * 3)
    hook.remove()
    assert len(heard) == 3
