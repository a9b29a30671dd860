"""Schedules over epochs of unlike numbers of steps, and rates that follow a batch's length."""

import numpy as np
import pytest

from tests.training.stand_ins import stage
from ulmus.training.pace import Pace
from ulmus.training.schedules import one_cycle, slanted_triangular

SHARES = [np.array([1.0, 0.5, 0.25]), np.array([0.75, 2.0]), np.ones(4)]
PLACES = [(epoch, step) for epoch in range(3) for step in range(len(SHARES[epoch]))]


def test_the_schedule_counts_the_steps_there_are() -> None:
    pace = Pace(stage(epochs=3), SHARES)
    assert pace.steps == [3, 2, 4]
    for done, (epoch, step) in enumerate(PLACES):
        expected = one_cycle(done / 9)
        point = pace.point(epoch, step)
        assert point.rate == pytest.approx(expected.rate * SHARES[epoch][step])
        assert point.momentum == expected.momentum


def test_the_momenta_are_those_given() -> None:
    momenta = (0.95, 0.85, 0.9)
    pace = Pace(stage(epochs=3), SHARES, momenta)
    assert pace.point(0, 0).momentum == 0.95
    assert pace.point(2, 3).momentum == one_cycle(8 / 9, momenta).momentum
    slanted = Pace(stage(epochs=3, schedule="slanted-triangular"), SHARES, momenta)
    assert {slanted.point(*place).momentum for place in PLACES} == {0.85}
    assert slanted.point(1, 0).rate == pytest.approx(0.75 * slanted_triangular(3 / 9).rate)


def test_whole_shares_leave_the_schedule_as_it_is_to_the_bit() -> None:
    pace = Pace(stage(epochs=2), [np.ones(7)] * 2)
    points = [pace.point(epoch, step) for epoch in range(2) for step in range(7)]
    assert points == [one_cycle(done / 14) for done in range(14)]
