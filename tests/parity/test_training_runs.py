"""Thirty steps of our trainer give the losses and the weights of fastai's learner."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor

from tests.parity.fastai_weights import fill, named, paired
from tests.parity.reading import read_tensors
from tests.training.stand_ins import Listener
from ulmus.batches.contiguous import ContiguousBatches
from ulmus.batches.documents import EncodedDocuments
from ulmus.batches.length_buckets import DocumentBatch
from ulmus.models.awd_lstm import AwdLstmSettings
from ulmus.models.language_model import LanguageModel, build_language_model
from ulmus.models.text_classifier import ClassifierSettings, TextClassifier, build_text_classifier
from ulmus.training.engine import Engine, EngineSettings
from ulmus.training.history import EpochRecord
from ulmus.training.loop import Trainer
from ulmus.training.lr_finder import LrFinderSettings, find_learning_rate, valley
from ulmus.training.objectives import (
    ClassificationObjective,
    LanguageModelObjective,
    Objective,
    ObjectiveOutput,
    Score,
)
from ulmus.training.stage import Stage
from ulmus.training.trainer_settings import TrainerSettings

CPU = Engine(EngineSettings(device="cpu", precision="fp32"))
NO_CLIPPING = TrainerSettings(clip=1e9)
SIZE = AwdLstmSettings(embedding_size=8, hidden_size=10, layer_count=2)
WORDS, CLASSES = 40, 3
ROWS, STEPS = 4, 8
TRAINING = 10
"""Batches of documents to learn from; those behind are for validation."""
SPARED = "no decay of LSTM biases"
LANGUAGE_MODEL, LANGUAGE_MODEL_FACTS = read_tensors("training_language_model")
CLASSIFIER, CLASSIFIER_FACTS = read_tensors("training_classifier")
SWEEPS, SWEEP_FACTS = read_tensors("training_sweep")


class Notes(Listener):
    """Keeps every step's loss and every epoch's weights and validation loss."""

    def __init__(self, model: LanguageModel | TextClassifier) -> None:
        self.model = model
        self.losses: list[float] = []
        self.valid_losses: list[float] = []

    def step_done(self, epoch: int, step: int, score: Score) -> None:
        """Note the batch's mean loss."""
        self.losses.append(score.mean_loss)

    def epoch_done(self, record: EpochRecord, *, kept: bool) -> None:
        """Note what the trainer would leave behind for the best epoch only."""
        self.valid_losses.append(record.valid_loss)
        self.after = {key: tensor.detach().clone() for key, tensor in paired(self.model)}


def noting(task: type[Any], run: dict[str, Any]) -> tuple[Objective, list[float]]:
    """Return a run's objective, and a list in which each step notes what is added to its loss."""
    added: list[float] = []

    class Noting(task):  # type: ignore[misc]
        def __call__(self, model: Any, batch: Any, state: Any) -> ObjectiveOutput:
            output: ObjectiveOutput = super().__call__(model, batch, state)
            if model.training:
                added.append(output.loss.item() - output.score.mean_loss)
            return output

    return Noting(alpha=run["alpha"], beta=run["beta"]), added


class FixedBatches:
    """The batches of a fixture, in its order."""

    def __init__(self, tensors: dict[str, Tensor], run: str, numbers: range) -> None:
        self.made = [
            DocumentBatch(
                tokens := tensors[f"{run}/tokens/{number}"],
                (tokens != 1).sum(1),
                labels := tensors[f"{run}/labels/{number}"],
                torch.arange(len(labels)),
            )
            for number in numbers
        ]

    def rate_shares(self, epoch: int) -> NDArray[np.float64]:
        """Return one for each batch."""
        return np.ones(len(self.made))

    def batches(self, epoch: int, start_step: int = 0) -> Iterator[DocumentBatch]:
        """Yield the batches, in the same order each epoch."""
        yield from self.made[start_step:]


def _language_model(tensors: dict[str, Tensor]) -> LanguageModel:
    model = build_language_model(SIZE, WORDS)
    fill(model, named(tensors, "weights"))
    return model


def _stream(ids: Tensor) -> ContiguousBatches:
    documents = EncodedDocuments.join([ids.numpy()])
    return ContiguousBatches(documents, batch_size=ROWS, sequence_length=STEPS, shuffle=False)


def _check_weights(notes: Notes, wanted: dict[str, Tensor], apart: float) -> None:
    for key, tensor in notes.after.items():
        torch.testing.assert_close(tensor, wanted[key], rtol=0, atol=apart)


@pytest.mark.parametrize("name", LANGUAGE_MODEL_FACTS["runs"])
def test_language_model(name: str) -> None:
    run = LANGUAGE_MODEL_FACTS["runs"][name]
    model = _language_model(LANGUAGE_MODEL)
    notes = Notes(model)
    objective, added = noting(LanguageModelObjective, run)
    trainer = Trainer(
        model,
        objective,
        _stream(LANGUAGE_MODEL["train"]),
        _stream(LANGUAGE_MODEL["valid"]),
        CPU,
        settings=NO_CLIPPING,
        callbacks=[notes],
    )
    lowest, *_, highest = run["rates"]
    stage = Stage(name="", epochs=3, learning_rate=highest, lowest_learning_rate=lowest)
    trainer.run([stage])
    assert len(notes.losses) == 30
    # The reference lets the LSTMs' biases decay, which in thirty steps is hardly felt.
    apart = 1e-5 if name == SPARED else 1e-4
    assert notes.losses == pytest.approx(run["losses"], rel=0, abs=apart)
    assert added == pytest.approx(run["added"], rel=0, abs=apart)
    assert (min(added) > 0.02) == bool(run["alpha"])
    assert notes.valid_losses == pytest.approx(run["valid_losses"], rel=0, abs=apart)
    _check_weights(notes, named(LANGUAGE_MODEL, f"{name}/after"), 20 * apart)


def _classifier(run: str) -> TextClassifier:
    settings = ClassifierSettings(sequence_length=5, max_length=10, head_dropout=0)
    model = build_text_classifier(SIZE, WORDS, CLASSES, settings=settings)
    fill(model, named(CLASSIFIER, f"{run}/weights"))
    return model


@pytest.mark.parametrize("name", ["gradual", SPARED, "regularized"])
def test_classifier(name: str) -> None:
    run = CLASSIFIER_FACTS["runs"][name]
    model = _classifier(name)
    notes = Notes(model)
    objective, added = noting(ClassificationObjective, run)
    trainer = Trainer(
        model,
        objective,
        FixedBatches(CLASSIFIER, name, range(TRAINING)),
        FixedBatches(CLASSIFIER, name, range(TRAINING, TRAINING + 2)),
        CPU,
        settings=NO_CLIPPING,
        callbacks=[notes],
    )
    trainer.run(
        [
            Stage(name="", epochs=1, learning_rate=rate, factor=run["factor"], train_from=first)
            for first, rate in run["stages"]
        ]
    )
    records = run["records"]
    losses = [loss for record in records for loss in record["losses"]]
    regularization = [value for record in records for value in record["added"]]
    valid_losses = [loss for record in records for loss in record["valid_losses"]]
    # The reference lets the LSTMs' biases decay; a small batch norm enlarges what that changes.
    apart = 1e-3 if name == "gradual" else 1e-5
    assert len(notes.losses) == 30
    assert notes.losses == pytest.approx(losses, rel=0, abs=apart)
    assert added == pytest.approx(regularization, rel=0, abs=apart)
    assert (min(added) > 0.1) == bool(run["alpha"])
    assert notes.valid_losses == pytest.approx(valid_losses, rel=0, abs=apart)
    _check_weights(notes, named(CLASSIFIER, f"{name}/after"), apart)


@pytest.mark.parametrize("sweep", SWEEP_FACTS["sweeps"], ids=lambda s: f"{s['highest']:g}")
def test_learning_rate_finder(sweep: dict[str, Any]) -> None:
    curve = find_learning_rate(
        _language_model(SWEEPS),
        LanguageModelObjective(),
        _stream(SWEEPS["train"]),
        CPU,
        settings=LrFinderSettings(highest=sweep["highest"], steps=sweep["steps"]),
    )
    assert curve.rates == pytest.approx(sweep["rates"])
    # Rates above 1 tear the model apart, and with it what rounding has left alike.
    calm = sum(rate < 1 for rate in curve.rates)
    assert curve.losses[:calm] == pytest.approx(sweep["losses"][:calm], rel=1e-5)
    assert curve.losses == pytest.approx(sweep["losses"], rel=0.02)
    judged = slice(sweep["steps"] // 10, -5)
    suggestion = valley(sweep["rates"][judged], sweep["losses"][judged])
    assert suggestion == pytest.approx(sweep["suggestion"])
    assert abs(curve.rates.index(curve.suggestion) - sweep["rates"].index(suggestion)) <= 1


def test_some_sweeps_are_cut_short() -> None:
    lengths = [(len(sweep["rates"]), sweep["steps"]) for sweep in SWEEP_FACTS["sweeps"]]
    assert [got < asked for got, asked in lengths] == [False, False, True, True]
    for sweep in SWEEP_FACTS["sweeps"]:
        best = min(sweep["losses"])
        assert all(loss <= 4 * best for loss in sweep["losses"][:-1])
