"""Training the lessons' models of number words, through the library's one loop."""

import statistics
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, Self

from torch import Tensor, nn
from torch.nn import functional as F

from ulmus.batches.contiguous import StreamBatch
from ulmus.lessons.number_words import Splits, Undealt
from ulmus.shortage import TokenBudget
from ulmus.training.callbacks import Callback
from ulmus.training.engine import Engine, EngineSettings
from ulmus.training.loop import Trainer
from ulmus.training.merit import Merit
from ulmus.training.objectives import ObjectiveOutput, Score
from ulmus.training.regularizers import activation_regularization, temporal_regularization
from ulmus.training.schedules import MOMENTA, Momenta
from ulmus.training.stage import Stage
from ulmus.training.trainer_settings import TrainerSettings

LEARNER_MOMENTA: Momenta = (0.95, 0.85, 0.95)
"""fastai's, where a model is not one of text; a `TextLearner` has the library's."""

NEVER_CLIPPED = 1e9


class WordOutput(NamedTuple):
    """What the lessons' models return.

    Shapes:
        logits: (B, T, V), or (B, V) where only the word behind the last one is predicted; raw,
        dropped: (B, T, H), what regularizers look at, before and after dropout.
    """

    logits: Tensor
    state: Any = None
    raw: Tensor | None = None
    dropped: Tensor | None = None


class WordObjective:
    """Predict the next word; how often that is right is the metric, as in the book.

    Args:
        alpha: Weight of the activation regularization.
        beta: Weight of the temporal one.
    """

    metric_name = "accuracy"

    def __init__(self, *, alpha: float = 0.0, beta: float = 0.0) -> None:
        self.alpha = alpha
        self.beta = beta

    def __call__(self, model: nn.Module, batch: StreamBatch, state: Any) -> ObjectiveOutput:
        """Return the batch's mean loss; the state goes on, detached."""
        output = model(batch.tokens, state)
        logits = output.logits
        targets = (batch.targets if logits.ndim == 3 else batch.targets[:, -1]).flatten()
        loss = F.cross_entropy(logits.flatten(0, -2), targets)
        count, correct = len(targets), int((logits.argmax(-1).flatten() == targets).sum())
        score = Score(loss.item() * count, correct, count, batch.tokens.numel(), count)
        if model.training and output.raw is not None:
            loss = loss + activation_regularization(output.dropped, self.alpha)
            loss = loss + temporal_regularization(output.raw, self.beta)
        return ObjectiveOutput(loss, score, detached(output.state))

    def metric(self, score: Score) -> float:
        """Return the accuracy."""
        return score.mean_metric

    def merit(self, score: Score) -> Merit:
        """Return the accuracy, then minus the loss."""
        return Merit(score.mean_metric, -score.mean_loss)


def detached(state: Any) -> Any:
    """Return a state cut from the graph that made it, however its tensors are nested."""
    if isinstance(state, Tensor):
        return state.detach()
    return None if state is None else tuple(detached(part) for part in state)


class _OneGroup(nn.Module):
    """Any model, all of whose parameters train at one rate."""

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.model = model
        self.budget = TokenBudget()

    def forward(self, tokens: Tensor, state: Any) -> WordOutput:
        output: WordOutput = self.model(tokens, state)
        return output

    def layer_groups(self) -> list[list[nn.Parameter]]:
        return [list(self.parameters())]


class Recipe(NamedTuple):
    """How a model is trained in the book.

    Args:
        epochs: Passes over the training text.
        learning_rate: The highest of the one-cycle.
        weight_decay: fastai's unless the book says otherwise.
        momenta: Of the one-cycle.
        alpha: See `WordObjective`.
        beta: See `WordObjective`.
    """

    epochs: int
    learning_rate: float
    weight_decay: float = 0.01
    momenta: Momenta = LEARNER_MOMENTA
    alpha: float = 0.0
    beta: float = 0.0


REGULARIZED = Recipe(15, 1e-2, weight_decay=0.1, momenta=MOMENTA, alpha=2.0, beta=1.0)
"""The book's for its last model, by a `TextLearner`."""


class Outcome(NamedTuple):
    """How a training ended.

    Attributes:
        valid_loss: After the last epoch, in nats.
        accuracy: After the last epoch.
        best: The highest accuracy of an epoch.
        seconds: Spent on the training epochs.
    """

    valid_loss: float
    accuracy: float
    best: float
    seconds: float

    @classmethod
    def mean(cls, outcomes: Sequence["Outcome"]) -> Self:
        """Return the means of several."""
        return cls(*(statistics.fmean(values) for values in zip(*outcomes, strict=True)))


def train(
    make: Callable[[], nn.Module],
    splits: Splits | Undealt,
    recipe: Recipe,
    *,
    seed: int,
    callbacks: Sequence[Callback] = (),
) -> tuple[nn.Module, Outcome]:
    """Train a model as the book does, and leave it at its best epoch.

    Args:
        make: Returns a model with fresh weights; called after the generators are seeded.
        splits: What to learn from and to judge by.
        recipe: How.
        seed: Of weights and dropout.
        callbacks: Who listens.
    """
    engine = Engine(EngineSettings(device="cpu", precision="fp32", seed=seed))
    engine.start()
    model = make()
    trainer = Trainer(
        _OneGroup(model),
        WordObjective(alpha=recipe.alpha, beta=recipe.beta),
        splits.train,
        splits.valid,
        engine,
        settings=TrainerSettings(
            weight_decay=recipe.weight_decay, momenta=recipe.momenta, clip=NEVER_CLIPPED
        ),
        callbacks=callbacks,
    )
    stage = Stage(name="book", epochs=recipe.epochs, learning_rate=recipe.learning_rate)
    records = trainer.run([stage]).epochs
    return model, Outcome(
        valid_loss=records[-1].valid_loss,
        accuracy=records[-1].metric,
        best=max(record.metric for record in records),
        seconds=sum(record.seconds for record in records),
    )
