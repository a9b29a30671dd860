"""Cells from scratch in a model, against torch's layers."""

import pytest
import torch
from torch import nn

from ulmus.lessons.cell_exercises import (
    CONCEPTS,
    HandMade,
    awd_lstm_taken_apart,
    cells_from_scratch,
)
from ulmus.lessons.frame import Check, Figures
from ulmus.lessons.stacked_models import StackedModel


@pytest.mark.parametrize("layer", [nn.LSTM, nn.GRU])
def test_a_model_by_hand_reads_as_torchs(layer: type[nn.Module]) -> None:
    torch.manual_seed(0)
    other = StackedModel(9, layer(4, 6, batch_first=True)).double()
    mine = HandMade(other).double()
    tokens = torch.randint(9, (3, 7))
    torch.testing.assert_close(mine(tokens).logits, other(tokens).logits)
    first = mine(tokens[:, :2])
    second = mine(tokens[:, 2:], first.state)
    torch.testing.assert_close(second.logits, other(tokens).logits[:, 2:])


def test_training_steps_are_torchs() -> None:
    table, *checks = cells_from_scratch(3)
    assert isinstance(table, Figures)
    assert [row[0] for row in table.rows] == ["LSTM", "GRU"]
    assert all(row[1] == pytest.approx(row[2], abs=1e-8) for row in table.rows)
    assert [check.passed for check in checks] == [True, True]


def test_every_idea_has_its_place() -> None:
    table, check = awd_lstm_taken_apart()
    assert table.rows == CONCEPTS
    assert isinstance(check, Check)
    assert check.passed
