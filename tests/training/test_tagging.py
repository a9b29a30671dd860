import pytest
import torch

from tests.training.stand_ins import DocumentStandIn, classifier
from ulmus.errors import CorpusError
from ulmus.models.awd_lstm import NO_DROPOUTS
from ulmus.training.tagging import TaggingObjective

HAS = torch.tensor([[1, 0], [1, 1], [0, 0], [0, 1], [1, 0], [0, 0]], dtype=torch.bool)


@pytest.fixture
def batch():
    return next(DocumentStandIn().batches(0))._replace(targets=HAS)


@pytest.fixture
def model():
    made = classifier(dropouts=NO_DROPOUTS)
    made.head.eval()  # without its dropout
    return made


def logits_of(model, batch):
    return model(batch.tokens, batch.lengths)


def test_the_loss_is_what_the_decisions_on_a_document_cost(model, batch):
    loss, score, state = TaggingObjective()(model.eval(), batch, None)

    p = logits_of(model, batch).sigmoid()
    expected = -torch.where(HAS, p, 1 - p).log().sum(1).mean()
    torch.testing.assert_close(loss, expected)
    assert score.mean_loss == pytest.approx(expected.item())
    assert (score.count, score.tokens, state) == (6, int(batch.lengths.sum()), None)


def test_the_metric_is_the_f1_of_all_decisions(model, batch):
    objective = TaggingObjective()
    _, score, _ = objective(model.eval(), batch, None)

    given = logits_of(model, batch).sigmoid() >= 0.5
    hits = int((given & HAS).sum())
    precision, recall = hits / max(int(given.sum()), 1), hits / int(HAS.sum())
    f1 = 2 * precision * recall / max(precision + recall, 1e-9)
    assert objective.metric_name == "micro_f1"
    assert objective.metric(score) == pytest.approx(f1)
    assert objective.merit(score) == pytest.approx((f1, -score.mean_loss, 0))


def test_weights_and_smoothing_shape_what_is_learned_but_not_what_is_reported(model, batch):
    objective = TaggingObjective(tag_weights=(4.0, 0.5), label_smoothing=0.2)
    loss, score, _ = objective(model, batch, None)

    p = logits_of(model, batch).sigmoid()
    wanted = torch.where(HAS, 0.9, 0.1)
    weights = torch.tensor([4.0, 0.5])
    expected = -(weights * wanted * p.log() + (1 - wanted) * (1 - p).log()).sum(1).mean()
    torch.testing.assert_close(loss, expected)
    plain = -torch.where(HAS, p, 1 - p).log().sum(1).mean()
    assert score.mean_loss == pytest.approx(plain.item())
    torch.testing.assert_close(objective(model.eval(), batch, None).loss, plain)


def test_documents_without_labels_are_told(model, batch):
    with pytest.raises(CorpusError, match=r"the corpus has no labels"):
        TaggingObjective()(model, batch._replace(targets=None), None)
