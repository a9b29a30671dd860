"""Training a classifier's head to give a number."""

from torch.nn import functional as F

from ulmus.batches.length_buckets import DocumentBatch
from ulmus.models.number_scale import NumberScale
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


class RegressionObjective:
    """Say a document's number: the squared error, in units of the numbers' variance.

    In these units, always saying the mean has a loss of 1, whatever the numbers measure, so that
    rates, clipping and weight decay mean the same for stars and for prices.

    Args:
        scale: From what the head gives to a number.
        alpha: Weight of the activation regularization.
        beta: Weight of the temporal one.
    """

    metric_name = "mean_absolute_error"

    def __init__(self, scale: NumberScale, *, alpha: float = 0.0, beta: float = 0.0) -> None:
        self.scale = scale
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
        wanted = required_targets(batch)  # (B,)
        logits, penalty = judged(model, batch, self.alpha, self.beta)
        said = self.scale.deviations(logits.squeeze(1))
        wanted = self.scale.standardised(wanted).to(said.dtype)
        loss = F.mse_loss(said, wanted)
        error = float((said.detach() - wanted).abs().sum()) * self.scale.deviation
        return ObjectiveOutput(
            loss + penalty, document_score(batch, loss, error, len(wanted)), None
        )

    def metric(self, score: Score) -> float:
        """Return the mean absolute error."""
        return score.mean_metric

    def merit(self, score: Score) -> Merit:
        """Return minus the error, then minus the loss."""
        return Merit(-self.metric(score), -score.mean_loss)
