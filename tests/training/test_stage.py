"""The stages of gradual unfreezing against the book's recipe."""

import pytest
from pydantic import ValidationError

from ulmus.training.parameter_groups import discriminative_rates, stage_rates
from ulmus.training.stage import Stage, gradual_unfreezing


def _rates(stage: Stage, groups: int) -> list[float]:
    """Return the rates of the groups that a stage trains."""
    rates = discriminative_rates(groups, stage.learning_rate, stage.factor)
    return rates[stage.train_from :] if stage.train_from < 0 else rates


def test_the_books_recipe_for_imdb() -> None:
    stages = gradual_unfreezing(5, learning_rate=1e-2)  # embedding, three layers, head
    assert [stage.epochs for stage in stages] == [1, 1, 1, 2]
    assert [stage.train_from for stage in stages] == [-1, -2, -3, 0]
    assert {stage.schedule for stage in stages} == {"one-cycle"}
    head, two, three, everything = (_rates(stage, 5) for stage in stages)
    assert head == pytest.approx([2e-2])
    # slice(low, high) spreads geometrically over all five groups, frozen ones included.
    assert two == pytest.approx([1e-2 / 2.6, 1e-2])
    assert three == pytest.approx([5e-3 / 2.6**2, 5e-3 / 2.6, 5e-3])
    assert everything == pytest.approx([1e-3 / 2.6**power for power in (4, 3, 2, 1, 0)])


def test_fewer_groups_take_fewer_stages() -> None:
    names = [stage.name for stage in gradual_unfreezing(3, learning_rate=1e-2)]
    assert names == ["head", "last two groups", "all groups"]
    names = [stage.name for stage in gradual_unfreezing(4, learning_rate=1e-2)]
    assert names == ["head", "last two groups", "last three groups", "all groups"]


def test_its_arguments_reach_the_stages() -> None:
    stages = gradual_unfreezing(5, learning_rate=4e-2, factor=2.0, last_epochs=7)
    assert [stage.learning_rate for stage in stages] == pytest.approx([8e-2, 4e-2, 2e-2, 4e-3])
    assert [stage.factor for stage in stages] == [2.0, 2.0, 2.0, 2.0]
    assert stages[-1].epochs == 7
    assert {stage.schedule for stage in stages} == {"one-cycle"}
    slanted = gradual_unfreezing(5, learning_rate=1e-2, schedule="slanted-triangular")
    assert {stage.schedule for stage in slanted} == {"slanted-triangular"}


# What fastai 2.8.12 sets for `slice(low, high)`, `slice(high)` and a number, frozen or not.
SLICES = [
    (
        {"learning_rate": 1e-2, "lowest_learning_rate": 1e-2 / 2.6**4},
        [
            0.00021882987290360977,
            0.0005689576695493855,
            0.0014792899408284023,
            0.0038461538461538455,
            0.01,
        ],
    ),
    (
        {"learning_rate": 3e-3, "lowest_learning_rate": 1e-4},
        [0.0001, 0.00031072325059538586, 0.0009654893846056297, 0.0029999999999999996],
    ),
    (
        {"learning_rate": 3e-3, "lowest_learning_rate": 1e-4, "train_from": -2},
        [
            0.0001,
            0.0002340347319320716,
            0.0005477225575051662,
            0.0012818610191887023,
            0.003000000000000001,
        ],
    ),
    ({"learning_rate": 2e-3, "others_learning_rate": 2e-4}, [0.0002, 0.0002, 0.0002, 0.002]),
    ({"learning_rate": 2e-3, "others_learning_rate": 2e-4}, [0.002]),
    ({"learning_rate": 3e-3, "lowest_learning_rate": 1e-4}, [0.003]),
    ({"learning_rate": 5e-3}, [0.005, 0.005, 0.005]),
]


@pytest.mark.parametrize(("how", "rates"), SLICES)
def test_rates_are_those_of_fastais_slices(how: dict[str, float], rates: list[float]) -> None:
    found = stage_rates(Stage(name="x", epochs=1, **how), len(rates))
    assert found == pytest.approx(rates, rel=1e-12)


def test_the_factor_and_the_lowest_rate_are_two_ways_to_say_one_thing() -> None:
    by_factor = Stage(name="x", epochs=1, learning_rate=1e-3, factor=2.6)
    by_lowest = Stage(name="x", epochs=1, learning_rate=1e-3, lowest_learning_rate=1e-3 / 2.6**4)
    assert stage_rates(by_factor, 5) == pytest.approx(stage_rates(by_lowest, 5))


@pytest.mark.parametrize(
    ("how", "said"),
    [
        ({"factor": 2, "lowest_learning_rate": 0.01}, "factor and lowest_learning_rate exclude"),
        ({"factor": 2, "others_learning_rate": 0.01}, "factor and others_learning_rate exclude"),
        (
            {"lowest_learning_rate": 0.01, "others_learning_rate": 0.01},
            "lowest_learning_rate and others_learning_rate exclude each other; give one",
        ),
        ({"lowest_learning_rate": 0.2}, "lowest_learning_rate is above learning_rate, which is"),
        ({"others_learning_rate": 0.2}, "others_learning_rate is above learning_rate"),
    ],
)
def test_rates_that_contradict_each_other_are_refused(how: dict[str, float], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        Stage(**{"name": "x", "epochs": 1, "learning_rate": 0.1, **how})


@pytest.mark.parametrize(
    "wrong", [{"epochs": 0}, {"learning_rate": 0.0}, {"factor": 0.5}, {"schedule": "cosine"}]
)
def test_a_stage_that_cannot_be_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError, match=next(iter(wrong))):
        Stage(**{"name": "x", "epochs": 1, "learning_rate": 0.1, **wrong})
