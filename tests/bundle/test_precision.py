"""A bundle that computes in bf16 says nearly the same as in fp32."""

import numpy as np
import pytest
import torch

import ulmus
from tests.bundle.saved_models import TEXTS, classifier, language_model
from tests.cli.running import ulmus as command
from ulmus.bundle.writer import write_bundle
from ulmus.errors import SettingsError
from ulmus.nn import lstm_kernels, precision
from ulmus.nn.precision import multiplies_bfloat16

needs_bf16 = pytest.mark.skipif(
    not multiplies_bfloat16(torch.device("cpu")), reason="this processor has no bf16 arithmetic"
)


@pytest.fixture(autouse=True)
def _small_layers_take_part(monkeypatch):
    monkeypatch.setattr(lstm_kernels, "LEAST_WORK", 0)


@needs_bf16
@pytest.mark.parametrize("choice", ["bf16", "auto"])
def test_a_classifier(tmp_path, choice):
    write_bundle(tmp_path, classifier())
    exact = ulmus.load(tmp_path)
    rounded = ulmus.load(tmp_path, precision=choice)
    probabilities = rounded.predict_proba(TEXTS)
    np.testing.assert_allclose(probabilities, exact.predict_proba(TEXTS), atol=0.05)
    assert not np.array_equal(probabilities, exact.predict_proba(TEXTS))
    assert rounded.predict(TEXTS) == exact.predict(TEXTS)


@needs_bf16
def test_a_language_model(tmp_path):
    write_bundle(tmp_path, language_model())
    exact = ulmus.load(tmp_path).perplexity(TEXTS)
    rounded = ulmus.load(tmp_path, precision="bf16").perplexity(TEXTS)
    assert rounded.per_token == pytest.approx(exact.per_token, rel=0.02)
    assert rounded.per_token != exact.per_token


@needs_bf16
def test_the_command_line(tmp_path):
    write_bundle(tmp_path, language_model())
    generated = command(
        "generate", tmp_path, "--prompt", "the fox", "--seed", 1, "--precision", "bf16"
    )
    expected = ulmus.load(tmp_path, precision="bf16").generate("the fox", seed=1)
    assert (generated.code, generated.out.strip()) == (0, expected.strip())


def test_a_processor_without_it_is_told_in_one_line(tmp_path, monkeypatch):
    write_bundle(tmp_path, classifier())
    monkeypatch.setattr(precision, "multiplies_bfloat16", lambda _device: False)
    assert ulmus.load(tmp_path, precision="auto").model.encoder.precision == "fp32"
    with pytest.raises(SettingsError, match="no bf16 arithmetic"):
        ulmus.load(tmp_path, precision="bf16")
    outcome = command("predict", tmp_path, "-", "--precision", "bf16", stdin="a text\n")
    assert outcome.code == 2
    assert outcome.out == ""
    assert outcome.err.count("\n") == 1
    assert "accepted: auto, fp32" in outcome.err
