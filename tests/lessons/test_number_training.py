"""Training through the library's loop, by losses computed by hand."""

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ulmus.batches.contiguous import StreamBatch
from ulmus.lessons.number_training import (
    Outcome,
    Recipe,
    WordObjective,
    WordOutput,
    detached,
    train,
)
from ulmus.lessons.number_words import NumberWords


class Fixed(nn.Module):
    """Gives what it holds."""

    def __init__(self, output: WordOutput) -> None:
        super().__init__()
        self.output = output

    def forward(self, _tokens: Tensor, _state: object) -> WordOutput:
        return self.output


def test_a_loss_at_every_step_and_its_accuracy() -> None:
    torch.manual_seed(0)
    logits = torch.randn(2, 3, 5)
    batch = StreamBatch(torch.zeros(2, 3, dtype=torch.long), torch.tensor([[0, 1, 2], [3, 4, 0]]))
    output = WordObjective()(Fixed(WordOutput(logits)), batch, None)
    assert output.loss.item() == pytest.approx(
        F.cross_entropy(logits.view(6, 5), batch.targets.view(6)).item()
    )
    right = int((logits.argmax(2) == batch.targets).sum())
    assert (output.score.count, output.score.metric_sum) == (6, right)
    assert output.score.mean_loss == pytest.approx(output.loss.item())


def test_a_loss_at_the_last_step_only() -> None:
    logits = torch.tensor([[0.0, 1.0], [2.0, 0.0]])
    batch = StreamBatch(torch.zeros(2, 3, dtype=torch.long), torch.tensor([[0, 0, 1], [0, 0, 1]]))
    output = WordObjective()(Fixed(WordOutput(logits)), batch, None)
    assert output.loss.item() == pytest.approx(F.cross_entropy(logits, torch.ones(2).long()).item())
    assert (output.score.count, output.score.metric_sum, output.score.tokens) == (2, 1, 6)


@pytest.mark.parametrize("training", [True, False])
def test_both_regularizations_count_in_training_only(training: bool) -> None:
    raw, dropped = torch.tensor([[[1.0], [3.0]]]), torch.tensor([[[2.0], [4.0]]])
    logits = torch.zeros(1, 2, 2)
    batch = StreamBatch(torch.zeros(1, 2, dtype=torch.long), torch.zeros(1, 2, dtype=torch.long))
    model = Fixed(WordOutput(logits, None, raw, dropped)).train(training)
    output = WordObjective(alpha=2.0, beta=1.0)(model, batch, None)
    plain = torch.tensor(2.0).log().item()
    extra = 2 * (4 + 16) / 2 + 1 * (3 - 1) ** 2 if training else 0
    assert output.loss.item() == pytest.approx(plain + extra)
    assert output.score.mean_loss == pytest.approx(plain)


def test_any_state_is_detached() -> None:
    a = torch.ones(2, requires_grad=True) * 2
    nested = detached((a, (a, a)))
    assert not any(t.requires_grad for t in (nested[0], *nested[1]))
    assert nested[1][0].equal(a)
    assert detached(None) is None


def test_means_of_several_outcomes() -> None:
    mean = Outcome.mean([Outcome(1.0, 0.2, 0.4, 3.0), Outcome(3.0, 0.4, 0.6, 5.0)])
    assert mean == pytest.approx((2.0, 0.3, 0.5, 4.0))


class Bigrams(nn.Module):
    """A table of logits for each word."""

    def __init__(self) -> None:
        super().__init__()
        self.table = nn.Embedding(30, 30)

    def forward(self, tokens: Tensor, _state: None) -> WordOutput:
        return WordOutput(self.table(tokens))


def test_training_leaves_the_best_model_and_repeats_itself() -> None:
    splits = NumberWords.made().splits(16)
    model, outcome = train(Bigrams, splits, Recipe(3, 1.0), seed=1)
    again, outcome_again = train(Bigrams, splits, Recipe(3, 1.0), seed=1)
    assert outcome[:3] == outcome_again[:3]
    assert again.table.weight.equal(model.table.weight)
    assert outcome.best >= outcome.accuracy
    rows = splits.valid_rows()
    right = (model(rows[:, :-1], None).logits.argmax(2) == rows[:, 1:]).double().mean()
    assert right.item() == pytest.approx(outcome.best)
    assert 0.05 < outcome.best < 0.3  # the word before tells little, and "nine thousand" is new
