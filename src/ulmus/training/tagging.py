"""Training a classifier to give a document any number of tags."""

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional as F

from ulmus.batches.length_buckets import DocumentBatch
from ulmus.models.text_classifier import TextClassifier
from ulmus.nn.recurrent_stack import State
from ulmus.training.merit import Merit
from ulmus.training.objectives import (
    ObjectiveOutput,
    Score,
    document_score,
    judged,
    required_targets,
)


class TaggingObjective:
    """Say of each tag whether a document has it: a binary cross-entropy a tag, summed.

    So the loss is the nats that a document's tags cost, as for classes. The mean over tags, which
    fastai takes, makes gradients so small where tags are many that Adam's epsilon holds them
    back: with 110 tags a micro-F1 of 0.12 against 0.16 after four epochs. A tag counts as given
    where its probability is one half or more.

    Args:
        tag_weights: What each tag's presence counts against its absence, C of them; None: as
            much.
        label_smoothing: By how much 1 is lowered and 0 raised, twice over: 0.1 makes of them 0.95
            and 0.05.
        alpha: Weight of the activation regularization.
        beta: Weight of the temporal one.
    """

    metric_name = "micro_f1"

    def __init__(
        self,
        *,
        tag_weights: Sequence[float] | None = None,
        label_smoothing: float = 0.0,
        alpha: float = 0.0,
        beta: float = 0.0,
    ) -> None:
        self.tag_weights = tag_weights
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
        has = required_targets(batch)  # (B, C) bool
        logits, penalty = judged(model, batch, self.alpha, self.beta)
        wanted = has.to(logits.dtype)
        loss = plain = _document_loss(logits, wanted)
        if model.training and (self.tag_weights is not None or self.label_smoothing):
            weights = None if self.tag_weights is None else logits.new_tensor(self.tag_weights)
            smooth = wanted * (1 - self.label_smoothing) + self.label_smoothing / 2
            loss = _document_loss(logits, smooth, weights)
        given = logits.detach() >= 0
        hits = 2 * int(torch.logical_and(given, has).sum())
        chances = int(given.sum()) + int(has.sum())
        return ObjectiveOutput(loss + penalty, document_score(batch, plain, hits, chances), None)

    def metric(self, score: Score) -> float:
        """Return the F1 of all decisions together."""
        return score.mean_metric

    def merit(self, score: Score) -> Merit:
        """Return the F1, then minus the loss."""
        return Merit(self.metric(score), -score.mean_loss)


def _document_loss(logits: Tensor, wanted: Tensor, weights: Tensor | None = None) -> Tensor:
    """Return the mean over documents of the sum over tags."""
    losses = F.binary_cross_entropy_with_logits(
        logits, wanted, pos_weight=weights, reduction="none"
    )
    return losses.sum(1).mean()
