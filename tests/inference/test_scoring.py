import pytest
import torch
from torch.nn.functional import log_softmax

from tests.inference.small_model import small_model
from ulmus.inference.scoring import token_log_probabilities


@pytest.mark.parametrize("length", [1, 2, 3, 4, 5, 13])
def test_they_are_the_log_softmax_of_the_logits(length, monkeypatch):
    monkeypatch.setattr("ulmus.inference.scoring.STRETCH", 4)
    model = small_model()
    ids = torch.arange(length) * 7 % 30

    made = token_log_probabilities(model, ids)

    expected = []
    for place in range(1, length):  # everything is read again
        with torch.no_grad():
            logits = model(ids[None, :place]).logits[0, -1]
        expected.append(log_softmax(logits.double(), -1)[ids[place]].item())
    assert made.tolist() == pytest.approx(expected, abs=1e-5)
    assert made.shape == (length - 1,)
