"""What a model is trained for, one class a task, all of one shape."""

import math
from typing import Any, NamedTuple, Protocol

import torch
from torch import Tensor
from torch.nn import functional as F

from ulmus.batches.contiguous import StreamBatch
from ulmus.batches.length_buckets import DocumentBatch
from ulmus.errors import CorpusError, SettingsError
from ulmus.models.language_model import LanguageModel
from ulmus.models.text_classifier import TextClassifier
from ulmus.nn.recurrent_stack import State, detach_state
from ulmus.training.engine import place
from ulmus.training.regularizers import activation_regularization, temporal_regularization


class Score(NamedTuple):
    """Sums over what a batch predicts: tokens, or documents.

    Args:
        loss: Summed loss in nats.
        correct: How many were right; 0 where that is not asked.
        count: How many were predicted.
        tokens: How many tokens were read.
    """

    loss: float = 0.0
    correct: int = 0
    count: int = 0  # type: ignore[assignment]  # hides tuple.count
    tokens: int = 0

    def plus(self, other: "Score") -> "Score":
        """Return both together."""
        return Score(
            self.loss + other.loss,
            self.correct + other.correct,
            self.count + other.count,
            self.tokens + other.tokens,
        )

    @property
    def mean_loss(self) -> float:
        """Loss per token or document, in nats."""
        return self.loss / max(self.count, 1)


class ObjectiveOutput(NamedTuple):
    """What one batch gives: the loss to differentiate, the sums to report, the state."""

    loss: Tensor
    score: Score
    state: State | None


class Objective(Protocol):
    """A task: how a batch becomes a loss, and which metric is shown beside it."""

    metric_name: str

    def __call__(self, model: Any, batch: Any, state: State | None) -> ObjectiveOutput:
        """Return the batch's loss."""
        ...

    def metric(self, score: Score) -> float:
        """Return the metric of summed scores."""
        ...

    def merit(self, score: Score) -> tuple[float, ...]:
        """Return what the best model has most of."""
        ...


class LanguageModelObjective:
    """Predict the next token; in training, with both activation regularizations.

    Args:
        alpha: Weight of the activation regularization.
        beta: Weight of the temporal one.
    """

    metric_name = "perplexity"

    def __init__(self, *, alpha: float = 2.0, beta: float = 1.0) -> None:
        self.alpha = alpha
        self.beta = beta

    def __call__(
        self, model: LanguageModel, batch: StreamBatch, state: State | None
    ) -> ObjectiveOutput:
        """Return the batch's mean loss; the state goes on, detached."""
        result = model.loss_sum(batch.tokens, batch.targets, state)
        count = batch.targets.numel()
        loss = result.total / count
        if model.training:
            loss = loss + activation_regularization(result.dropped, self.alpha)
            loss = loss + temporal_regularization(result.raw, self.beta)
        score = Score(_finite(result.total), 0, count, batch.tokens.numel())
        return ObjectiveOutput(loss, score, detach_state(result.state))

    def metric(self, score: Score) -> float:
        """Return the perplexity, exp of the mean loss per token."""
        return math.exp(min(score.mean_loss, 700))

    def merit(self, score: Score) -> tuple[float, ...]:
        """Return minus the loss."""
        return (-score.mean_loss,)


class ClassificationObjective:
    """Predict a document's class."""

    metric_name = "accuracy"

    def __call__(
        self,
        model: TextClassifier,
        batch: DocumentBatch,
        state: State | None,  # noqa: ARG002 - documents start afresh
    ) -> ObjectiveOutput:
        """Return the batch's mean loss.

        Raises:
            CorpusError: The batch carries no labels.
        """
        if batch.labels is None:
            raise CorpusError(
                "the corpus has no labels",
                accepted="a corpus made with --label",
                remedy="Prepare it anew with --label COLUMN",
            )
        logits = model(batch.tokens, batch.lengths)
        loss = F.cross_entropy(logits, batch.labels)
        correct = int((logits.detach().argmax(1) == batch.labels).sum())
        count = len(batch.labels)
        tokens = int(batch.lengths.sum())
        return ObjectiveOutput(loss, Score(_finite(loss) * count, correct, count, tokens), None)

    def metric(self, score: Score) -> float:
        """Return the accuracy."""
        return score.correct / max(score.count, 1)

    def merit(self, score: Score) -> tuple[float, ...]:
        """Return the accuracy, then minus the loss."""
        return (self.metric(score), -score.mean_loss)


def evaluate(model: torch.nn.Module, objective: Objective, batches: Any) -> Score:
    """Return the summed score of a model over batches, without gradients or dropout."""
    device = next(model.parameters()).device
    was_training = model.training
    model.eval()
    score, state = Score(), None
    with torch.inference_mode():
        for batch in batches:
            _, part, state = objective(model, place(batch, device), state)
            score = score.plus(part)
    model.train(was_training)
    return score


def _finite(loss: Tensor) -> float:
    """Return a loss as a number; one that is not finite would make every later figure NaN."""
    value = loss.item()
    if not math.isfinite(value):
        raise SettingsError(
            "the loss is no longer a finite number",
            given=value,
            accepted="a loss that stays finite",
            remedy="Train with a lower learning_rate or trainer.clip; see --print-settings",
        )
    return value
