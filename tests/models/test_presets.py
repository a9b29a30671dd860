"""Sizes by name."""

import pytest
import torch

from ulmus.errors import SettingsError
from ulmus.models.awd_lstm import AwdLstm, AwdLstmSettings
from ulmus.models.presets import PRESETS, preset


def _layer_weights(settings: AwdLstmSettings) -> int:
    with torch.device("meta"):
        encoder = AwdLstm(settings, 1)
    return sum(parameter.numel() for parameter in encoder.stack.parameters())


def test_the_books_size_is_the_default() -> None:
    assert preset("awd-lstm") == AwdLstmSettings()
    assert (preset("awd-lstm").embedding_size, preset("awd-lstm").hidden_size) == (400, 1152)
    assert preset("awd-lstm").layer_count == 3


def test_weights_are_as_many_as_the_comments_say() -> None:
    assert _layer_weights(preset("awd-lstm")) == pytest.approx(20.3e6, rel=0.01)
    assert _layer_weights(preset("compact")) == pytest.approx(3.2e6, rel=0.02)


def test_an_unknown_name_is_told_with_those_there_are() -> None:
    with pytest.raises(SettingsError, match=r"unknown model preset: 'huge'; accepted: awd-lstm, "):
        preset("huge")
    assert all(name in PRESETS for name in ("awd-lstm", "compact", "tiny"))
