"""Schedules at points worked out by hand."""

import math

import pytest

from ulmus.training.schedules import SCHEDULES, constant, one_cycle, slanted_triangular


@pytest.mark.parametrize(
    ("progress", "rate", "momentum"),
    [
        (0.0, 0.04, 0.8),
        (0.125, 0.52, 0.75),  # half way up: the mean of both ends
        (0.0625, 0.04 + 0.96 * (1 - math.sqrt(0.5)) / 2, 0.8 - 0.1 * (1 - math.sqrt(0.5)) / 2),
        (0.25, 1.0, 0.7),
        (0.625, 0.500005, 0.75),  # half way down
        (0.5, 1 - (1 - 1e-5) * 0.25, 0.7 + 0.1 * 0.25),  # a third: (1 - cos 60°) / 2 = 1/4
        (1.0, 1e-5, 0.8),
    ],
)
def test_one_cycle(progress: float, rate: float, momentum: float) -> None:
    assert one_cycle(progress) == pytest.approx((rate, momentum))


@pytest.mark.parametrize(
    ("progress", "rate"),
    [
        (0.0, 1 / 32),
        (0.05, (1 + 0.5 * 31) / 32),
        (0.1, 1.0),
        (0.55, (1 + 0.5 * 31) / 32),
        (0.325, (1 + 0.75 * 31) / 32),
        (1.0, 1 / 32),
    ],
)
def test_slanted_triangular(progress: float, rate: float) -> None:
    assert slanted_triangular(progress) == pytest.approx((rate, 0.7))


def test_slanted_triangular_is_the_papers_equation() -> None:
    steps, cut_share, ratio = 200, 0.1, 32
    cut = math.floor(steps * cut_share)
    for step in range(steps):
        down = 1 - (step - cut) / (cut * (1 / cut_share - 1))
        height = step / cut if step < cut else down
        expected = (1 + height * (ratio - 1)) / ratio
        assert slanted_triangular(step / steps).rate == pytest.approx(expected)


def test_momenta_may_be_others() -> None:
    momenta = (0.95, 0.85, 0.9)
    assert one_cycle(0.0, momenta).momentum == 0.95
    assert one_cycle(0.125, momenta).momentum == pytest.approx(0.9)
    assert one_cycle(0.25, momenta).momentum == pytest.approx(0.85)
    assert one_cycle(0.625, momenta).momentum == pytest.approx(0.875)
    assert one_cycle(1.0, momenta).momentum == pytest.approx(0.9)
    assert slanted_triangular(0.3, momenta).momentum == 0.85
    assert constant(0.3, momenta) == (1.0, 0.85)


def test_constant_stays() -> None:
    assert [constant(progress) for progress in (0, 0.3, 1)] == [(1.0, 0.7)] * 3


def test_every_schedule_goes_by_its_name() -> None:
    assert {
        "one-cycle": one_cycle,
        "slanted-triangular": slanted_triangular,
        "constant": constant,
    } == SCHEDULES
