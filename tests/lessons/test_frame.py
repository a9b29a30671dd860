"""What lessons are made of."""

import pytest
import torch

from ulmus.errors import SettingsError
from ulmus.lessons.frame import (
    Figures,
    LessonSettings,
    at_least,
    at_most,
    gradients,
    same,
    weighed,
)


def test_equal_tensors_pass_and_others_tell_the_difference() -> None:
    a = torch.tensor([1.0, 2.0])
    assert same("a", a, a.clone()).passed
    check = same("a", a, a + torch.tensor([0.0, 0.5]))
    assert (check.passed, check.found) == (False, "largest difference 0.5")
    assert same("a", [a, a], [a, a + 1e-8]).passed
    assert not same("a", a.long(), a.long() + 1, tolerance=0).passed


def test_shapes_and_numbers_that_are_none_never_pass() -> None:
    a = torch.zeros(2)
    check = same("a", a, torch.zeros(2, 1))
    assert (check.passed, check.found) == (False, "shapes [[2]] and [[2, 1]]")
    assert not same("a", a, a / 0).passed
    assert not same("a", [a], [a, a]).passed


def test_limits_count_as_reached() -> None:
    assert at_least("a", 1.0, 1.0).passed
    assert not at_least("a", 0.9, 1.0).passed
    assert at_most("a", 1.0, 1.0).passed
    assert not at_most("a", float("nan"), 1.0).passed


def test_every_output_weighs_differently() -> None:
    outputs = torch.zeros(2, 3, requires_grad=True)
    [gradient] = gradients(weighed(outputs), [outputs])
    assert gradient.flatten().tolist() == pytest.approx([-1, -0.6, -0.2, 0.2, 0.6, 1])
    assert outputs.grad is None


def test_a_table_has_its_cells() -> None:
    table = Figures("t", ("name", "value"), [("a", 1234.56), ("b", 12_345), ("c", 0.5)]).as_table()
    assert [list(column.cells) for column in table.columns] == [
        ["a", "b", "c"],
        ["1,234.6", "12,345", "0.5000"],
    ]


def test_a_seed_out_of_range() -> None:
    with pytest.raises(SettingsError, match="seed = -1"):
        LessonSettings().with_(seed=-1)
