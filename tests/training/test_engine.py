"""Device and seed."""

from typing import NamedTuple

import pytest
import torch
from torch import Tensor

from ulmus.errors import SettingsError
from ulmus.models.awd_lstm import AwdLstmSettings
from ulmus.models.text_classifier import build_text_classifier
from ulmus.nn import precision
from ulmus.settings import resolve
from ulmus.training.engine import Engine, EngineSettings, place


def test_one_seed_draws_one_sequence() -> None:
    drawn = []
    for seed in (3, 3, 4):
        Engine(EngineSettings(device="cpu", seed=seed)).start()
        drawn.append(torch.rand(4))
    assert torch.equal(drawn[0], drawn[1])
    assert not torch.equal(drawn[0], drawn[2])


def test_making_an_engine_draws_and_seeds_nothing() -> None:
    drawn = torch.get_rng_state()
    assert Engine(EngineSettings(device="cpu")).device == torch.device("cpu")
    assert Engine().seed == 0
    assert torch.equal(torch.get_rng_state(), drawn)


def test_a_device_that_is_not_there_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert Engine().device == torch.device("cpu")
    with pytest.raises(SettingsError, match="no such device: 'cuda'; accepted: auto, cpu"):
        Engine(EngineSettings(device="cuda"))


@pytest.mark.parametrize("seed", [-1, 2**32])
def test_a_seed_out_of_range_is_told(seed: int) -> None:
    with pytest.raises(SettingsError, match=f"seed = {seed}"):
        resolve(EngineSettings, values={"seed": seed})


def test_a_model_computes_in_the_engines_precision_while_it_trains(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(precision, "multiplies_bfloat16", lambda _device: True)
    model = build_text_classifier(AwdLstmSettings(embedding_size=4, hidden_size=4), 9, 2)
    for choice, wanted in (("auto", "bf16"), ("bf16", "bf16"), ("fp32", "fp32")):
        engine = Engine(EngineSettings(device="cpu", precision=choice))
        with pytest.raises(ZeroDivisionError), engine.computing(model):
            assert model.encoder.precision == wanted
            raise ZeroDivisionError
        assert model.encoder.precision == "fp32"
        assert engine.titled("classifier") == f"classifier{' in bf16' if wanted == 'bf16' else ''}"


def test_bf16_on_a_processor_without_it_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(precision, "multiplies_bfloat16", lambda _device: False)
    assert Engine(EngineSettings(device="cpu")).precision == "fp32"
    with pytest.raises(SettingsError, match=r"no bf16 arithmetic: 'precision = bf16'"):
        Engine(EngineSettings(device="cpu", precision="bf16"))


class _Batch(NamedTuple):
    tokens: Tensor
    labels: Tensor | None
    name: str


def test_placing_a_batch_moves_its_tensors_and_keeps_the_rest() -> None:
    placed = place(_Batch(torch.ones(2), None, "x"), torch.device("meta"))
    assert isinstance(placed, _Batch)
    assert placed.tokens.device.type == "meta"
    assert placed[1:] == (None, "x")
    batch = _Batch(torch.ones(2), torch.zeros(2), "y")
    assert place(batch, torch.device("cpu")).tokens is batch.tokens
