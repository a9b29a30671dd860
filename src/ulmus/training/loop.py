"""The training loop. There is one; a variation is an argument."""

import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from ulmus.batches.position import BatchPosition
from ulmus.errors import CheckpointError
from ulmus.training.averaging import WeightAverage, averaged, has_stalled
from ulmus.training.callbacks import Callback
from ulmus.training.checkpoints import load_checkpoint, save_checkpoint
from ulmus.training.engine import Engine, place
from ulmus.training.exchange import exchange, learned
from ulmus.training.gradients import find_gradients
from ulmus.training.history import EpochRecord, History, StepRecord
from ulmus.training.identity import run_identity
from ulmus.training.interruption import deferred_interruption
from ulmus.training.objectives import Objective, Score, evaluate
from ulmus.training.pace import Pace
from ulmus.training.parameter_groups import build_optimizer, check_stage, set_rates
from ulmus.training.process_state import own_tensors
from ulmus.training.run_state import RunState
from ulmus.training.stage import Stage
from ulmus.training.trainer_settings import TrainerSettings
from ulmus.training.wishes import Wishes

STEP_RECORDS_PER_EPOCH = 40


class Batches(Protocol):
    """Where batches come from."""

    def rate_shares(self, epoch: int) -> NDArray[np.float64]:
        """Return for each batch of an epoch the share of the learning rate its step takes."""
        ...

    def batches(self, epoch: int, start_step: int = 0) -> Iterator[Any]:
        """Return the batches of one epoch."""
        ...


class Trainer:
    """Trains a model for an objective, stage by stage, and leaves it as the kept epoch had it.

    Args:
        model: Anything with `layer_groups()` and a `budget`, see `ulmus.shortage.TokenBudget`.
        objective: What it is trained for.
        train_batches: Batches to learn from.
        valid_batches: Batches to judge by, after every epoch.
        engine: Where to run.
        settings: What holds in every stage.
        callbacks: Who listens.
        checkpoint_folder: Where to keep a checkpoint; None keeps none.
        corpus_fingerprint: What the batches are cut from; a checkpoint goes on with no other.
        facts: What else a continued run must share with its beginning; JSON values.
    """

    def __init__(
        self,
        model: Any,
        objective: Objective,
        train_batches: Batches,
        valid_batches: Batches,
        engine: Engine,
        *,
        settings: TrainerSettings | None = None,
        callbacks: Sequence[Callback] = (),
        checkpoint_folder: Path | None = None,
        corpus_fingerprint: str = "",
        facts: Mapping[str, Any] | None = None,
    ) -> None:
        self.model = model.to(engine.device)
        self.objective = objective
        self.train_batches = train_batches
        self.valid_batches = valid_batches
        self.engine = engine
        self.settings = settings or TrainerSettings()
        self.callbacks = callbacks
        self.checkpoint_folder = checkpoint_folder
        self.corpus_fingerprint = corpus_fingerprint
        self.facts = dict(facts or {})
        self.state = RunState(History(objective.metric_name))

    def run(self, stages: Sequence[Stage], *, resume: bool = False) -> History:
        """Train through all stages and load the kept epoch's weights.

        Args:
            stages: What to do, in order.
            resume: Whether to go on from the checkpoint.

        Raises:
            CheckpointError: `resume` without a fitting checkpoint.
            KeyboardInterrupt: Ctrl-C or SIGTERM asked the run to stop; the checkpoint is written.
            ProcessError: Another process of the run has ended.
            SettingsError: A stage that cannot be run with this model and optimizer.
            UlmusError: The processes of the run do not see the same.
        """
        self.identity = self._identity(stages)
        self.engine.start_apart()
        moments = self._resumed() if resume else {}
        for stage in stages:
            check_stage(self.model.layer_groups(), stage, self.settings.optimizer)
        alike = {"corpus": self.corpus_fingerprint, "checkpoint": self.state.run_step}
        tensors = self.model.state_dict().values()
        self.engine.processes.align(tensors, settings=self.identity, **alike)
        try:
            with deferred_interruption() as interruption, self.engine.computing(self.model):
                self.wishes = Wishes(self.engine, interruption)
                for index in range(self.state.stage, len(stages)):
                    if index > self.state.stage:
                        self.state.start_stage(index)
                    self._run_stage(stages[index], moments)
                    moments = {}
        finally:
            for callback in self.callbacks:
                callback.run_ended()
        self.model.load_state_dict(self.state.best)
        return self.state.history

    def _run_stage(self, stage: Stage, moments: dict[str, torch.Tensor]) -> None:
        state, settings = self.state, self.settings
        self.optimizer = build_optimizer(
            self.model.layer_groups(),
            stage,
            settings.weight_decay,
            optimizer=settings.optimizer,
            squared_momentum=settings.squared_momentum,
            epsilon=settings.epsilon,
        )
        if moments:
            self.optimizer.restore(moments)
        first = state.epoch - state.stage_epoch
        epochs = range(first, first + stage.epochs)
        self.pace = Pace(stage, list(map(self.train_batches.rate_shares, epochs)), settings.momenta)
        for callback in self.callbacks:
            callback.stage_started(stage, self.objective, self.pace.steps)
        while state.stage_epoch < stage.epochs and not self._out_of_patience():
            self._run_epoch(stage)
        if state.average is not None:  # what a stage leaves to the next one
            state.average.put_into(self.model)
            state.average = None

    def _out_of_patience(self) -> bool:
        """Whether this stage has gone on for too long without a better model."""
        waited = min(self.state.epoch - self.state.best_epoch, self.state.stage_epoch)
        return 0 < self.settings.patience <= waited

    def _run_epoch(self, stage: Stage) -> None:
        self.model.train()
        state = self.state
        for callback in self.callbacks:
            callback.epoch_started(state.epoch, self.pace.steps[state.stage_epoch])
        clock = time.perf_counter()
        for batch in self.train_batches.batches(state.epoch, state.step):
            point = self.pace.point(state.stage_epoch, state.step)
            set_rates(self.optimizer, *point)
            self._step(batch)
            self._record_step(stage.learning_rate * point.rate)
            clock, before = time.perf_counter(), clock
            state.seconds += clock - before
            if self.wishes.stop:
                self._save()
                raise self.wishes.end()
            if self.wishes.save_after(state.run_step):
                self._save()
        self._finish_epoch(stage)
        self.wishes.obey()  # what came meanwhile; the epoch's checkpoint is written

    def _step(self, batch: Any) -> None:
        """Learn from one batch."""
        state = self.state
        batch = place(batch, self.engine.device)
        self.optimizer.zero_grad()  # first, so that its memory serves the forward pass
        if self.engine.processes.several:
            score, state.recurrent = learned(self.objective, self.model, batch, state.recurrent)
            score = exchange(self.engine.processes, self.model, score, self.wishes)
        else:
            found = find_gradients(self.objective, self.model, batch, state.recurrent)
            score, state.recurrent = found
        nn.utils.clip_grad_norm_(self.model.parameters(), self.settings.clip)
        self.optimizer.step()
        if state.average is not None:
            state.average.add(self.model)
        state.step += 1
        state.run_step += 1
        state.score, state.window = state.score.plus(score), state.window.plus(score)
        for callback in self.callbacks:
            callback.step_done(state.epoch, state.step, score)

    def _record_step(self, rate: float) -> None:
        state = self.state
        every = max(1, self.pace.steps[state.stage_epoch] // STEP_RECORDS_PER_EPOCH)
        if state.run_step % every == 0:
            record = StepRecord(state.run_step, rate, state.window.mean_loss)
            state.history.steps.append(record)
            state.window = Score()

    def _finish_epoch(self, stage: Stage) -> None:
        """Judge the epoch, keep its model if it is good enough, and save."""
        state = self.state
        valid, kept = self._judge()
        record = EpochRecord(
            stage=stage.name if state.average is None else f"{stage.name}, averaged",
            epoch=state.epoch + 1,
            step=state.run_step,
            train_loss=state.score.mean_loss,
            valid_loss=valid.mean_loss,
            metric=self.objective.metric(valid),
            tokens_per_second=state.score.tokens / max(state.seconds, 1e-9),
            seconds=state.seconds,
        )
        state.history.epochs.append(record)
        state.start_epoch()
        if self._averages_from_now_on():
            state.average = WeightAverage()
        self._save()
        for callback in self.callbacks:
            callback.epoch_done(record, kept=kept)

    def _judge(self) -> tuple[Score, bool]:
        """Score the model, with averaged weights if there are any; keep it if it is good enough."""
        state = self.state
        with averaged(self.model, state.average):
            valid = self.engine.processes.first(
                lambda: evaluate(self.model, self.objective, self.valid_batches.batches(0))
            )
            merit = self.objective.merit(valid)
            kept = merit.stays(state.best_merit, self.settings.keep)
            if kept:
                state.best_epoch = state.epoch + 1
                state.best = {k: v.detach().clone() for k, v in self.model.state_dict().items()}
            if merit.better(state.best_merit):
                state.best_merit = merit
        return valid, kept

    def _averages_from_now_on(self) -> bool:
        if self.settings.optimizer != "nt-asgd" or self.state.average is not None:
            return False
        this_stage = self.state.history.epochs[-self.state.stage_epoch :]
        losses = [record.valid_loss for record in this_stage]
        return has_stalled(losses, self.settings.nonmonotone_interval)

    def _save(self) -> None:
        self.wishes.note_saved()
        if (folder := self.checkpoint_folder) is None:
            return
        everyones = self.engine.processes.everyones(own_tensors(self.state))
        self.engine.processes.first(
            lambda: save_checkpoint(
                folder,
                identity=self.identity,
                position=self._position(),
                state=self.state,
                everyones=everyones,
                model=self.model,
                optimizer=self.optimizer,
                kept=self.engine.checkpoints_kept,
            )
        )

    def _resumed(self) -> dict[str, torch.Tensor]:
        if self.checkpoint_folder is None:
            raise CheckpointError(
                "there is no checkpoint to resume from",
                accepted="a trainer with a checkpoint folder",
                remedy="Name the folder, or start without --resume",
            )
        return load_checkpoint(
            self.checkpoint_folder,
            identity=self.identity,
            position=self._position(),
            state=self.state,
            model=self.model,
            part=self.engine.processes.part,
        )

    def _position(self) -> BatchPosition:
        return BatchPosition(
            fingerprint=self.corpus_fingerprint,
            seed=self.engine.seed,
            epoch=self.state.epoch,
            step=self.state.step,
        )

    def _identity(self, stages: Sequence[Stage]) -> str:
        return run_identity(
            self.model,
            self.objective,
            self.engine,
            stages=stages,
            settings=self.settings,
            steps=len(self.train_batches.rate_shares(0)),
            facts=self.facts,
        )
