"""The stages of gradual unfreezing against the book's recipe."""

import pytest
from pydantic import ValidationError

from ulmus.training.parameter_groups import discriminative_rates
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


@pytest.mark.parametrize(
    "wrong", [{"epochs": 0}, {"learning_rate": 0.0}, {"factor": 0.5}, {"schedule": "cosine"}]
)
def test_a_stage_that_cannot_be_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError, match=next(iter(wrong))):
        Stage(**{"name": "x", "epochs": 1, "learning_rate": 0.1, **wrong})
