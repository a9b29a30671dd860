"""Objectives: the loss that is differentiated, the one that is reported, and the metric."""

import math
from collections.abc import Iterator

import pytest
import torch
from torch.nn import functional as F

from tests.training.stand_ins import (
    DocumentStandIn,
    StreamStandIn,
    classifier,
    language_model,
)
from ulmus.batches.contiguous import StreamBatch
from ulmus.errors import CorpusError, SettingsError
from ulmus.models.awd_lstm import NO_DROPOUTS
from ulmus.training.objectives import (
    ClassificationObjective,
    LanguageModelObjective,
    Score,
    evaluate,
)


def test_scores_add_up() -> None:
    both = Score(2.0, 1, 4, 10, 8).plus(Score(1.0, 2, 2, 5, 4))
    assert both == Score(3.0, 3, 6, 15, 12)
    assert both.mean_metric == 0.25
    assert Score().mean_metric == 0.0
    assert both.mean_loss == 0.5
    assert Score().mean_loss == 0.0


def test_in_training_the_regularizers_join_the_loss_but_not_the_score() -> None:
    model, batch = language_model(), next(StreamStandIn().batches(0))
    torch.manual_seed(3)
    loss, score, _ = LanguageModelObjective(alpha=2.0, beta=1.0)(model, batch, None)
    torch.manual_seed(3)
    output = model.encoder(batch.tokens)
    logits = F.linear(output.dropped, model.encoder.embedding, model.decoder_bias)
    plain = F.cross_entropy(logits.flatten(0, 1), batch.targets.flatten())
    changes = output.raw[:, 1:] - output.raw[:, :-1]
    expected = plain + 2 * (output.dropped**2).mean() + (changes**2).mean()
    torch.testing.assert_close(loss, expected)
    assert (loss - plain).item() > 1e-4
    assert score.mean_loss == pytest.approx(plain.item())
    assert score == Score(score.loss, 0, 24, 24)
    parameters = list(model.parameters())
    torch.testing.assert_close(
        torch.autograd.grad(loss, parameters), torch.autograd.grad(expected, parameters)
    )


def test_in_evaluation_the_loss_is_the_cross_entropy() -> None:
    model, batch = language_model().eval(), next(StreamStandIn().batches(0))
    loss, score, _ = LanguageModelObjective()(model, batch, None)
    plain = F.cross_entropy(model(batch.tokens).logits.flatten(0, 1), batch.targets.flatten())
    torch.testing.assert_close(loss, plain)
    assert score.mean_loss == pytest.approx(plain.item())


def test_the_state_goes_on_without_its_past() -> None:
    model, batch = language_model(dropouts=NO_DROPOUTS), next(StreamStandIn().batches(0))
    objective = LanguageModelObjective()
    first, second = (StreamBatch(*(v[:, half] for v in batch)) for half in (slice(3), slice(3, 6)))
    _, _, state = objective(model, first, None)
    torch.testing.assert_close(state, model(first.tokens).state)
    assert not any(part.requires_grad for layer in state for part in layer)
    _, score, _ = objective(model, second, state)
    logits = model(batch.tokens).logits[:, 3:]
    plain = F.cross_entropy(logits.flatten(0, 1), second.targets.flatten())
    assert score.mean_loss == pytest.approx(plain.item())


def test_perplexity_is_the_exponential_of_the_loss_per_token() -> None:
    objective, score = LanguageModelObjective(), Score(30.0, 0, 10, 10)
    assert (objective.metric_name, objective.metric(score)) == ("perplexity", math.exp(3))
    assert objective.merit(score) == (-3.0, 0, 0)
    assert math.isfinite(objective.metric(Score(1e9, 0, 1, 1)))


def test_classification_is_the_mean_cross_entropy_of_documents() -> None:
    model, batch = classifier().eval(), next(DocumentStandIn().batches(0))
    objective = ClassificationObjective()
    loss, score, state = objective(model, batch, None)
    logits = model(batch.tokens, batch.lengths)
    torch.testing.assert_close(loss, F.cross_entropy(logits, batch.targets))
    right = sum(
        int(row.argmax()) == label for row, label in zip(logits, batch.targets, strict=True)
    )
    assert score == Score(pytest.approx(6 * loss.item()), right, 6, int(batch.lengths.sum()), 6)
    assert state is None
    assert (objective.metric_name, objective.metric(score)) == ("accuracy", right / 6)
    share = (float(right) + 1) / 8
    error = math.sqrt(share * (1 - share) / 8)
    assert objective.merit(score) == pytest.approx((float(right) / 6, -loss.item(), error))


def test_class_weights_and_smoothing_shape_what_is_learned_but_not_what_is_reported() -> None:
    model, batch = classifier(dropouts=NO_DROPOUTS), next(DocumentStandIn().batches(0))
    model.head.eval()  # without its dropout
    objective = ClassificationObjective(class_weights=(0.5, 3.0), label_smoothing=0.1)
    loss, score, _ = objective(model, batch, None)
    logs = model(batch.tokens, batch.lengths).log_softmax(1)
    weights = torch.tensor([0.5, 3.0])
    own = weights[batch.targets]
    plain = -logs.gather(1, batch.targets[:, None])[:, 0]
    # Of each document's target 0.9 is its class, and 0.05 is spread over each of the two.
    spread = -(weights * logs).sum(1)
    expected = (0.9 * (own * plain).sum() + 0.05 * spread.sum()) / own.sum()
    torch.testing.assert_close(loss, expected)
    assert score.mean_loss == pytest.approx(plain.mean().item())
    torch.testing.assert_close(objective(model.eval(), batch, None).loss, plain.mean())


def test_accuracy_comes_first_and_loss_breaks_ties() -> None:
    merit = ClassificationObjective().merit
    assert merit(Score(9.0, 8, 10, 50, 10)).better(merit(Score(1.0, 7, 10, 50, 10)))
    assert merit(Score(1.0, 7, 10, 50, 10)).better(merit(Score(2.0, 7, 10, 50, 10)))
    assert not merit(Score(2.0, 7, 10, 50, 10)).better(merit(Score(2.0, 7, 10, 50, 10)))


def test_documents_without_labels_are_told() -> None:
    batch = next(DocumentStandIn().batches(0))._replace(targets=None)
    with pytest.raises(CorpusError, match=r"the corpus has no labels; .* Prepare it anew with"):
        ClassificationObjective()(classifier(), batch, None)


@pytest.mark.parametrize("spoilt", [math.inf, math.nan])
def test_a_loss_that_is_not_finite_is_told(spoilt: float) -> None:
    model, batch = language_model(), next(StreamStandIn().batches(0))
    torch.nn.init.constant_(model.decoder_bias, spoilt)
    with pytest.raises(SettingsError, match=r"the loss is no longer a finite number: (nan|inf);"):
        LanguageModelObjective()(model, batch, None)


class _Ragged:
    """The same stream in batches of unequal length."""

    def batches(self) -> Iterator[StreamBatch]:
        tokens = torch.cat([batch.tokens for batch in StreamStandIn().batches(0)], 1)
        targets = torch.cat([batch.targets for batch in StreamStandIn().batches(0)], 1)
        for part in (slice(0, 1), slice(1, 20), slice(20, 30)):
            yield StreamBatch(tokens[:, part], targets[:, part])


def test_evaluation_counts_every_token_once_however_it_is_cut() -> None:
    model = language_model().train()
    drawn = torch.get_rng_state()
    score = evaluate(model, LanguageModelObjective(), StreamStandIn().batches(0))
    ragged = evaluate(model, LanguageModelObjective(), _Ragged().batches())
    assert torch.equal(torch.get_rng_state(), drawn)  # no dropout
    assert model.training
    assert score.count == ragged.count == 4 * 30
    assert ragged.mean_loss == pytest.approx(score.mean_loss)
    whole = [torch.cat(list(part), 1) for part in zip(*StreamStandIn().batches(0), strict=True)]
    logits = model.eval()(whole[0]).logits
    plain = F.cross_entropy(logits.flatten(0, 1), whole[1].flatten())
    assert score.mean_loss == pytest.approx(plain.item())
    evaluate(model, LanguageModelObjective(), StreamStandIn().batches(0))
    assert not model.training


def test_evaluation_leaves_no_gradients_and_no_statistics() -> None:
    model = classifier()
    before = {name: value.clone() for name, value in model.state_dict().items()}
    evaluate(model, ClassificationObjective(), DocumentStandIn().batches(0))
    assert {parameter.grad for parameter in model.parameters()} == {None}
    assert all(torch.equal(before[name], value) for name, value in model.state_dict().items())
