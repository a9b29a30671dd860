"""Biases that heads of older versions have, and where they go."""

from pathlib import Path

import pytest
import torch
from torch import Tensor

from tests.interop.foreign_files import Size, classifier, classify, head
from ulmus.errors import BundleError
from ulmus.interop.fastai_layout import recognise
from ulmus.models.text_classifier import ClassifierHead, ClassifierSettings

SIZE = Size(tokens=17)
FILE = Path("model.pth")
POOLED = torch.randn(50, 18, generator=torch.Generator().manual_seed(9))


def answered(weights: dict[str, Tensor], classes: int) -> Tensor:
    found = recognise(weights, FILE).head
    assert found is not None
    made = ClassifierHead(18, ClassifierSettings(head_size=7), classes, 0.4)
    made.load_state_dict(found.weights)
    logits: Tensor = made.eval()(POOLED)
    return logits


@torch.no_grad()
@pytest.mark.parametrize("layout", ["fastai 1", "fastai 1, no dropout", "fastai 0.7"])
@pytest.mark.parametrize("classes", [2, 5])
def test_biases_move_into_the_norms(layout: str, classes: int) -> None:
    wanted = head(SIZE, classes, biases=True)(POOLED)
    plain = head(SIZE, classes, biases=False)(POOLED)
    given = answered(classifier(SIZE, classes, layout, biases=True), classes)
    torch.testing.assert_close(given, wanted, rtol=1e-5, atol=1e-5)
    assert (given - plain).abs().max() > 0.1


@torch.no_grad()
def test_biases_of_zero_change_nothing() -> None:
    weights = classifier(SIZE, 3, "fastai 1", biases=True)
    for key in ("1.layers.2.bias", "1.layers.6.bias"):
        weights[key].zero_()
    found = recognise(weights, FILE).head
    assert found is not None
    assert not found.absorbed_biases
    assert torch.equal(found.weights["layers.0.bias"], weights["1.layers.0.bias"])


def test_a_bias_that_no_norm_can_take_over() -> None:
    """More classes than features before them: the outputs cannot be moved one by one."""
    weights = classifier(SIZE, 9, "fastai 1", biases=True)
    with pytest.raises(BundleError, match=r"unexpected: 1\.layers\.6\.bias, which no norm can"):
        recognise(weights, FILE)


@pytest.mark.parametrize("layer", ["0.0", "1.0"])
def test_a_variance_below_zero_is_named(layer: str) -> None:
    """Its root would make every answer NaN."""
    weights = classifier(SIZE, 2)
    weights[f"1.layers.{layer}.running_var"][3] = -1.0
    told = rf"\(1\.layers\.{layer}\.running_var holds values below 0\)"
    with pytest.raises(BundleError, match=told):
        recognise(weights, FILE)
    weights[f"1.layers.{layer}.running_var"][3] = 0.0
    assert recognise(weights, FILE).head is not None


@torch.no_grad()
def test_the_reference_classifies() -> None:
    """The documents' pooling of the reference used elsewhere is that of the papers."""
    ids = torch.tensor([[1, 2, 3], [4, 5, 6]])
    assert classify(SIZE, ids, head(SIZE, 2, biases=True)).shape == (2, 2)
