"""A run in bf16 learns as one in fp32 does."""

import numpy as np
import pytest
import torch

from ulmus.batches import ContiguousBatches, EncodedDocuments
from ulmus.models.awd_lstm import LANGUAGE_MODEL_DROPOUTS, AwdLstmSettings
from ulmus.models.language_model import build_language_model
from ulmus.nn.lstm_kernels import gains_by_bfloat16
from ulmus.nn.precision import Precision, multiplies_bfloat16
from ulmus.training.engine import Engine, EngineSettings
from ulmus.training.objectives import LanguageModelObjective
from ulmus.training.parameter_groups import build_optimizer, set_rates
from ulmus.training.schedules import one_cycle
from ulmus.training.stage import Stage

STEPS, WORDS, WINDOW = 300, 400, 25


def _text() -> EncodedDocuments:
    """Return text in which each word is one of four that may follow the one before."""
    generator = np.random.default_rng(0)
    successors = generator.integers(0, WORDS, (WORDS, 4))
    words = [0]
    for choice in np.minimum(generator.geometric(0.5, 130_000) - 1, 3):
        words.append(int(successors[words[-1], choice]))
    return EncodedDocuments.join([np.array(words)])


def _losses(precision: Precision) -> np.ndarray:
    engine = Engine(EngineSettings(device="cpu", seed=1, precision=precision))
    engine.start()
    size = AwdLstmSettings(embedding_size=64, hidden_size=320, layer_count=2)
    model = build_language_model(size, WORDS, LANGUAGE_MODEL_DROPOUTS)
    hidden = model.encoder.stack.layers[0].directions[0].weight_hh
    assert gains_by_bfloat16(torch.empty(16, 1, 1), hidden, precision) is (precision == "bf16")
    batches = ContiguousBatches(_text(), batch_size=16, sequence_length=24, shuffle=False)
    stage = Stage(name="all", epochs=1, learning_rate=4e-3)
    optimizer = build_optimizer(model.layer_groups(), stage, weight_decay=0.01)
    objective, state, losses = LanguageModelObjective(), None, []
    model.train()
    with engine.computing(model):
        for step, batch in zip(range(STEPS), batches.batches(0), strict=False):
            set_rates(optimizer, *one_cycle(step / STEPS))
            optimizer.zero_grad()
            loss, score, state = objective(model, batch, state)
            loss.backward()
            optimizer.step()
            losses.append(score.mean_loss)
    return np.convolve(losses, np.ones(WINDOW) / WINDOW, "valid")


@pytest.mark.skipif(
    not multiplies_bfloat16(torch.device("cpu")), reason="this processor has no bf16 arithmetic"
)
def test_the_loss_curve_of_300_steps_stays_within_a_hundredth_of_fp32s() -> None:
    exact, rounded = _losses("fp32"), _losses("bf16")
    assert exact[-1] < 0.8 * exact[0]  # it learns
    np.testing.assert_allclose(rounded, exact, rtol=0.01)  # measured: 0.0005
    assert not np.array_equal(rounded, exact)
