import math

import pytest
import torch

from ulmus.errors import SettingsError
from ulmus.models.number_scale import NumberScale

PLAIN = NumberScale(mean=10.0, deviation=2.0)


def test_without_a_range_the_output_is_in_deviations_from_the_mean():
    said = PLAIN.number(torch.tensor([[0.0, 1.5], [-2.0, 1e4]]))

    assert said.tolist() == [[10.0, 13.0], [6.0, 20_010.0]]


def test_with_a_range_the_output_never_leaves_it():
    said = PLAIN.with_(low=1.0, high=5.0).number(torch.tensor([0.0, math.log(3), -1e4, 1e4]))

    assert said.tolist() == pytest.approx([3.0, 4.0, 1.0, 5.0])


def test_large_numbers_that_lie_close_are_told_apart():
    scale = NumberScale(mean=1.7e9, deviation=3.0)
    numbers = torch.tensor([1.7e9 - 6, 1.7e9 + 1.5], dtype=torch.float64)

    assert scale.standardised(numbers).tolist() == [-2.0, 0.5]
    assert scale.number(torch.tensor([-2.0, 0.5])).tolist() == numbers.tolist()


@pytest.mark.parametrize("ends", [{}, {"low": 1.0, "high": 15.0}])
def test_deviations_are_the_numbers_in_another_unit(ends):
    scale, output = PLAIN.with_(**ends), torch.tensor([0.3, -1.0])

    expected = scale.standardised(scale.number(output)).float()
    torch.testing.assert_close(scale.deviations(output), expected)


@pytest.mark.parametrize(
    ("ends", "message"),
    [
        ({"low": 1.0}, "a range has two ends"),
        ({"low": 2.0, "high": 2.0}, "a range's lower end is below the upper one"),
        ({"deviation": 0.0}, "deviation = 0.0: Input should be greater than 0"),
    ],
)
def test_what_is_no_scale_is_told(ends, message):
    with pytest.raises(SettingsError, match=message):
        PLAIN.with_(**ends)
