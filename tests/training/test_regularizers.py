"""Activation regularization and its temporal sister, by formula."""

import pytest
import torch

from ulmus.training.regularizers import activation_regularization, temporal_regularization

OUTPUTS = torch.tensor([[[1.0, -2.0], [3.0, 0.0], [3.0, 4.0]]])  # (1, 3, 2)


def test_activation_regularization_is_the_mean_square() -> None:
    assert activation_regularization(OUTPUTS, 2.0).item() == pytest.approx(
        2 * (1 + 4 + 9 + 9 + 16) / 6
    )


def test_temporal_regularization_is_the_mean_squared_change() -> None:
    assert temporal_regularization(OUTPUTS, 3.0).item() == pytest.approx(3 * (4 + 4 + 0 + 16) / 4)


def test_one_step_has_no_change_and_a_batch_of_one_has() -> None:
    assert temporal_regularization(OUTPUTS[:, :1], 1.0).item() == 0
    assert temporal_regularization(OUTPUTS[:1], 1.0).item() > 0
