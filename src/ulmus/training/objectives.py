"""What a model is trained for, one class a task, all of one shape."""

import math
from collections.abc import Callable, Sequence
from functools import partial
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
from ulmus.nn.sampled_words import WordSampler
from ulmus.training.engine import place
from ulmus.training.merit import Merit, share_error
from ulmus.training.parts import joined, parts_of, within_memory
from ulmus.training.regularizers import (
    activation_regularization,
    document_regularization,
    temporal_regularization,
)


class Score(NamedTuple):
    """Sums over what a batch predicts: tokens, or documents.

    Args:
        loss: Summed loss in nats.
        metric_sum: Sum behind the objective's metric: documents judged rightly, for example.
        count: How many were predicted.
        tokens: How many tokens were read.
        metric_weight: What the metric divides that sum by.
    """

    loss: float = 0.0
    metric_sum: float = 0.0
    count: int = 0  # type: ignore[assignment]  # hides tuple.count
    tokens: int = 0
    metric_weight: float = 0.0

    def plus(self, other: "Score") -> "Score":
        """Return both together."""
        return Score(
            self.loss + other.loss,
            self.metric_sum + other.metric_sum,
            self.count + other.count,
            self.tokens + other.tokens,
            self.metric_weight + other.metric_weight,
        )

    @property
    def mean_loss(self) -> float:
        """Loss per token or document, in nats."""
        return self.loss / max(self.count, 1)

    @property
    def mean_metric(self) -> float:
        """The metric's sum over its weight."""
        return self.metric_sum / self.metric_weight if self.metric_weight else 0.0


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

    def merit(self, score: Score) -> Merit:
        """Return what the best model has most of."""
        ...


class LanguageModelObjective:
    """Predict the next token; in training, with both activation regularizations.

    Args:
        alpha: Weight of the activation regularization.
        beta: Weight of the temporal one.
        sampler: In training, draws the words among which a token is told; None: it is among all.
    """

    metric_name = "perplexity"

    def __init__(
        self, *, alpha: float = 2.0, beta: float = 1.0, sampler: WordSampler | None = None
    ) -> None:
        self.alpha = alpha
        self.beta = beta
        self.sampler = sampler

    def __call__(
        self, model: LanguageModel, batch: StreamBatch, state: State | None
    ) -> ObjectiveOutput:
        """Return the batch's mean loss; the state goes on, detached."""
        sampler = self.sampler if model.training else None
        result = model.loss_sum(batch.tokens, batch.targets, state, sampler=sampler)
        count = batch.targets.numel()
        loss = result.total / count
        if model.training:
            loss = loss + activation_regularization(result.dropped, self.alpha)
            loss = loss + temporal_regularization(result.raw, self.beta)
        score = Score(finite_value(result.total), 0, count, batch.tokens.numel())
        return ObjectiveOutput(loss, score, detach_state(result.state))

    def metric(self, score: Score) -> float:
        """Return the perplexity, exp of the mean loss per token."""
        return math.exp(min(score.mean_loss, 700))

    def merit(self, score: Score) -> Merit:
        """Return minus the loss."""
        return Merit(-score.mean_loss)


class ClassificationObjective:
    """Predict a document's class.

    Weights and smoothing shape what is learned from; the loss that is reported stays the plain
    cross-entropy, so that it can be compared.

    Args:
        class_weights: What each class counts, C of them; None counts all alike.
        label_smoothing: Share of each target that is spread over all classes.
        alpha: Weight of the activation regularization.
        beta: Weight of the temporal one.
    """

    metric_name = "accuracy"

    def __init__(
        self,
        *,
        class_weights: Sequence[float] | None = None,
        label_smoothing: float = 0.0,
        alpha: float = 0.0,
        beta: float = 0.0,
    ) -> None:
        self.class_weights = class_weights
        self.label_smoothing = label_smoothing
        self.alpha = alpha
        self.beta = beta

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
        targets = required_targets(batch)
        logits, penalty = judged(model, batch, self.alpha, self.beta)
        loss = plain = F.cross_entropy(logits, targets)
        if model.training and (self.class_weights is not None or self.label_smoothing):
            weights = None if self.class_weights is None else logits.new_tensor(self.class_weights)
            loss = F.cross_entropy(
                logits, targets, weight=weights, label_smoothing=self.label_smoothing
            )
        correct = int((logits.detach().argmax(1) == targets).sum())
        score = document_score(batch, plain, correct, len(targets))
        return ObjectiveOutput(loss + penalty, score, None)

    def metric(self, score: Score) -> float:
        """Return the accuracy."""
        return score.mean_metric

    def merit(self, score: Score) -> Merit:
        """Return the accuracy, then minus the loss."""
        error = share_error(score.metric_sum, score.metric_weight)
        return Merit(self.metric(score), -score.mean_loss, error)


def evaluate(model: torch.nn.Module, objective: Objective, batches: Any) -> Score:
    """Return the summed score of a model over batches, without gradients or dropout."""
    device = next(model.parameters()).device
    was_training = model.training
    model.eval()
    score, state = Score(), None
    with torch.inference_mode():
        for batch in batches:
            judge = partial(read_in_parts, objective, model, place(batch, device), state)
            part, state = within_memory(model, batch, judge)
            score = score.plus(part)
    model.train(was_training)
    return score


def read_in_parts(
    objective: Objective,
    model: Any,
    batch: Any,
    state: State | None,
    learn: Callable[[Tensor], object] = lambda _loss: None,
) -> tuple[Score, State | None]:
    """Return the score of a batch and the state behind it, read in as many parts as must be.

    Args:
        objective: What is asked of the model.
        model: Its budget says how much is read at once.
        batch: On the model's device.
        state: What its rows go on from.
        learn: Called with each part's loss, weighted by its share of the rows.
    """
    score, states, rows = Score(), [], len(batch.tokens)
    for part, before in parts_of(model, batch, state):
        found = objective(model, part, before)
        share = len(part.tokens) / rows
        learn(found.loss if share == 1 else found.loss * share)
        score = score.plus(found.score)
        states.append(found.state)
    return score, joined(states)


def required_targets(batch: DocumentBatch) -> Tensor:
    """Return what the documents of a batch are to be judged as.

    Raises:
        CorpusError: The batch carries no labels.
    """
    if batch.targets is None:
        raise CorpusError(
            "the corpus has no labels",
            accepted="a corpus made with --label",
            remedy="Prepare it anew with --label COLUMN",
        )
    return batch.targets


def judged(
    model: TextClassifier, batch: DocumentBatch, alpha: float, beta: float
) -> tuple[Tensor, Tensor]:
    """Return a batch's logits, (B, C), and in training what regularization adds to the loss."""
    documents = model.read(batch.tokens, batch.lengths)
    logits: Tensor = model.head(documents.pooled)
    if model.training and (alpha or beta):
        return logits, document_regularization(documents.raw, documents.counted, alpha, beta)
    return logits, logits.new_zeros(())


def document_score(
    batch: DocumentBatch, loss: Tensor, metric_sum: float, metric_weight: float
) -> Score:
    """Return the score of a batch of documents from its mean loss."""
    count = len(batch.lengths)
    tokens = int(batch.lengths.sum())
    return Score(finite_value(loss) * count, metric_sum, count, tokens, metric_weight)


def finite_value(loss: Tensor) -> float:
    """Return a loss as a number; one that is not finite would make every later figure NaN."""
    value = loss.item()
    check_finite(value)
    return value


def check_finite(value: float) -> None:
    """Refuse a loss from which nothing more can be learned.

    Raises:
        SettingsError: It is no finite number.
    """
    if not math.isfinite(value):
        raise SettingsError(
            "the loss is no longer a finite number",
            given=value,
            accepted="a loss that stays finite",
            remedy="Train with a lower learning_rate or trainer.clip; see --print-settings",
        )
