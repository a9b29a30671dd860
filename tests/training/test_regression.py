import pytest
import torch

from tests.training.stand_ins import DocumentStandIn, classifier
from ulmus.models.number_scale import NumberScale
from ulmus.training.regression import RegressionObjective

NUMBERS = torch.tensor([10.0, 30.0, 20.0, 50.0, 10.0, 0.0], dtype=torch.float64)


@pytest.mark.parametrize("ends", [{}, {"low": -5.0, "high": 60.0}])
def test_the_loss_is_the_squared_error_in_units_of_the_variance(ends):
    scale = NumberScale(mean=20.0, deviation=16.0, **ends)
    batch = next(DocumentStandIn().batches(0))._replace(targets=NUMBERS)
    model = classifier(class_count=1).eval()
    objective = RegressionObjective(scale)

    loss, score, _ = objective(model, batch, None)

    z = model(batch.tokens, batch.lengths)[:, 0]
    said = -5 + 65 / (1 + (-z).exp()) if ends else 20 + 16 * z
    torch.testing.assert_close(loss, ((said - NUMBERS) ** 2).mean().float() / 256)
    assert score.mean_loss == pytest.approx(loss.item())
    assert objective.metric_name == "mean_absolute_error"
    assert objective.metric(score) == pytest.approx((said - NUMBERS).abs().mean().item())
    assert objective.merit(score) == (-objective.metric(score), pytest.approx(-loss.item()), 0)


def test_always_saying_the_mean_has_a_loss_of_one():
    scale = NumberScale(mean=NUMBERS.mean().item(), deviation=NUMBERS.std(correction=0).item())
    batch = next(DocumentStandIn().batches(0))._replace(targets=NUMBERS)
    model = classifier(class_count=1).eval()
    torch.nn.init.zeros_(model.head.layers[-1].weight)

    assert RegressionObjective(scale)(model, batch, None).loss.item() == pytest.approx(1.0)


def test_dates_in_seconds_are_told_apart():
    seconds = 1.7e9 + NUMBERS
    scale = NumberScale(mean=seconds.mean().item(), deviation=seconds.std(correction=0).item())
    batch = next(DocumentStandIn().batches(0))._replace(targets=seconds)
    model = classifier(class_count=1).eval()
    torch.nn.init.zeros_(model.head.layers[-1].weight)
    objective = RegressionObjective(scale)

    loss, score, _ = objective(model, batch, None)

    assert loss.item() == pytest.approx(1.0, rel=1e-5)
    expected = (NUMBERS - NUMBERS.mean()).abs().mean().item()
    assert objective.metric(score) == pytest.approx(expected, rel=1e-5)
