"""A run that was interrupted goes on as if it had not been, bit by bit."""

from collections.abc import Iterator
from pathlib import Path
from signal import SIGINT, raise_signal
from typing import Any

import pytest
import torch
from torch import Tensor

from tests.training.stand_ins import (
    DROPOUTS,
    STEPS,
    CtrlC,
    Listener,
    StreamStandIn,
    language_model,
    same,
    stage,
    trainer,
    weights,
)
from ulmus.batches.contiguous import StreamBatch
from ulmus.errors import CheckpointError
from ulmus.training.checkpoints import FACTS, MARKER, TENSORS
from ulmus.training.history import History
from ulmus.training.objectives import LanguageModelObjective, Score
from ulmus.training.trainer_settings import TrainerSettings

STAGES = [stage(train_from=-1), stage(name="rest", epochs=2, factor=2.6)]
MIDDLE, EPOCH_END, SECOND_STAGE, SECOND_STAGE_EPOCH_END, LAST = 2, 5, 8, 10, 15

End = tuple[dict[str, Tensor], History]


def _facts(history: History) -> list[Any]:
    """Return a history without its times, which no run repeats."""
    return [[epoch[:6] for epoch in history.epochs], history.steps]


def _undisturbed(task: str) -> End:
    run = trainer(task, seed=5)
    history = run.run(STAGES)
    return weights(run.model), history


def _resumed(task: str, folder: Path, **rest: Any) -> End:
    run = trainer(task, seed=5, checkpoint_folder=folder, **rest)
    torch.manual_seed(99)  # nothing that matters comes from this process
    torch.nn.init.constant_(next(run.model.parameters()), 7.0)
    history = run.run(STAGES, resume=True)
    return weights(run.model), history


def _interrupt(task: str, folder: Path, steps: int, *, resume: bool = False) -> CtrlC:
    ctrl_c = CtrlC(steps)
    run = trainer(task, seed=5, checkpoint_folder=folder, callbacks=[ctrl_c])
    with pytest.raises(KeyboardInterrupt):
        run.run(STAGES, resume=resume)
    return ctrl_c


def _assert_same(one: End, other: End) -> None:
    assert same(one[0], other[0])
    assert _facts(one[1]) == _facts(other[1])


@pytest.mark.parametrize("task", ["language model", "classifier"])
@pytest.mark.parametrize("steps", [MIDDLE, EPOCH_END, SECOND_STAGE, SECOND_STAGE_EPOCH_END, LAST])
def test_a_resumed_run_ends_like_an_undisturbed_one(task: str, steps: int, tmp_path: Path) -> None:
    folder = tmp_path / "checkpoint"
    _interrupt(task, folder, steps)
    assert [path.name for path in tmp_path.iterdir()] == ["checkpoint"]
    *checkpoints, marker = sorted(path.name for path in folder.iterdir())
    assert marker == MARKER
    for name in checkpoints:
        assert sorted(path.name for path in (folder / name).iterdir()) == [FACTS, TENSORS]
    _assert_same(_resumed(task, folder), _undisturbed(task))


def test_a_run_may_be_interrupted_again_and_again(tmp_path: Path) -> None:
    _interrupt("language model", tmp_path, MIDDLE)
    for _ in range(3):
        _interrupt("language model", tmp_path, 3, resume=True)
    _assert_same(_resumed("language model", tmp_path), _undisturbed("language model"))


def test_a_finished_run_has_nothing_left_to_do(tmp_path: Path) -> None:
    run = trainer("classifier", seed=5, checkpoint_folder=tmp_path)
    end = (None, run.run(STAGES))
    steps = CtrlC(1)
    again = _resumed("classifier", tmp_path, callbacks=[steps])
    assert steps.left == 1
    _assert_same((weights(run.model), end[1]), again)


class _PressedWhileJudging(StreamStandIn):
    """Validation batches in whose middle Ctrl-C is pressed."""

    def batches(self, epoch: int, start_step: int = 0) -> Iterator[StreamBatch]:
        for number, batch in enumerate(super().batches(epoch, start_step)):
            if number == 1:
                raise_signal(SIGINT)
            yield batch


def test_ctrl_c_while_an_epoch_is_judged_stops_after_it(tmp_path: Path) -> None:
    run = trainer(seed=5, checkpoint_folder=tmp_path, valid=_PressedWhileJudging(2))
    with pytest.raises(KeyboardInterrupt):
        run.run(STAGES)
    assert run.state.run_step == STEPS
    _assert_same(_resumed("language model", tmp_path), _undisturbed("language model"))


def test_ctrl_c_while_the_last_epoch_is_judged_is_not_lost(tmp_path: Path) -> None:
    run = trainer(checkpoint_folder=tmp_path, valid=_PressedWhileJudging(2))
    with pytest.raises(KeyboardInterrupt):
        run.run([stage()])
    again = trainer(checkpoint_folder=tmp_path)
    assert again.run([stage()], resume=True) == run.state.history
    assert same(weights(again.model), weights(run.model))


def test_a_step_record_that_is_half_done_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ulmus.training.loop.STEP_RECORDS_PER_EPOCH", 2)
    _interrupt("language model", tmp_path, 3)
    _assert_same(_resumed("language model", tmp_path), _undisturbed("language model"))


class _Exploding(Listener):
    def step_done(self, epoch: int, step: int, score: Score) -> None:
        if epoch == 1 and step == 3:
            raise RuntimeError("power cut")


def test_after_a_crash_the_last_whole_epoch_is_there(tmp_path: Path) -> None:
    run = trainer(seed=5, checkpoint_folder=tmp_path, callbacks=[_Exploding()])
    with pytest.raises(RuntimeError, match="power cut"):
        run.run(STAGES)
    _assert_same(_resumed("language model", tmp_path), _undisturbed("language model"))


def test_after_a_crash_the_last_minutes_are_lost_at_most(tmp_path: Path) -> None:
    run = trainer(seed=5, checkpoint_folder=tmp_path, callbacks=[_Exploding()])
    run.engine.checkpoint_seconds = 0
    with pytest.raises(RuntimeError, match="power cut"):
        run.run(STAGES)
    again = trainer(seed=5, checkpoint_folder=tmp_path, callbacks=[rest := CtrlC(1000)])
    end = weights(again.model), again.run(STAGES, resume=True)
    assert 1000 - rest.left == LAST - STEPS - 2
    _assert_same((weights(again.model), end[1]), _undisturbed("language model"))


def test_without_a_folder_ctrl_c_still_stops_the_run() -> None:
    run = trainer(callbacks=[CtrlC(MIDDLE)])
    with pytest.raises(KeyboardInterrupt):
        run.run(STAGES)
    assert run.state.run_step == MIDDLE


def test_patience_is_remembered(tmp_path: Path) -> None:
    settings = TrainerSettings(patience=1)
    tolerant = {"settings": settings, "seed": 5, "checkpoint_folder": tmp_path}
    hopeless = [stage(epochs=9, learning_rate=3.0)]
    plain = trainer(settings=settings, seed=5)
    history = plain.run(hopeless)
    assert len(history.epochs) < 9
    with pytest.raises(KeyboardInterrupt):
        trainer(callbacks=[CtrlC(STEPS + 2)], **tolerant).run(hopeless)
    run = trainer(**tolerant)
    resumed = run.run(hopeless, resume=True)
    _assert_same((weights(run.model), resumed), (weights(plain.model), history))


def _changed(change: str, folder: Path) -> Any:
    given: dict[str, Any] = {"seed": 5, "checkpoint_folder": folder}
    if change == "settings":
        return trainer(settings=TrainerSettings(clip=0.5), **given)
    if change == "objective":
        return trainer(objective=LanguageModelObjective(alpha=1.0), **given)
    run = trainer("classifier" if change == "task" else "language model", **given)
    if change == "dropouts":
        run.model = language_model(dropouts=DROPOUTS.scaled(0.5))
    return run


@pytest.mark.parametrize("change", ["settings", "objective", "task", "dropouts", "stages"])
def test_a_checkpoint_of_another_run_is_refused(change: str, tmp_path: Path) -> None:
    _interrupt("language model", tmp_path, MIDDLE)
    stages = STAGES[:1] if change == "stages" else STAGES
    with pytest.raises(CheckpointError, match="the checkpoint is of another run: "):
        _changed(change, tmp_path).run(stages, resume=True)


def test_another_seed_or_corpus_is_refused(tmp_path: Path) -> None:
    _interrupt("language model", tmp_path, MIDDLE)
    with pytest.raises(CheckpointError, match="made with another seed: 6; accepted: 5"):
        trainer(seed=6, checkpoint_folder=tmp_path).run(STAGES, resume=True)
    with pytest.raises(CheckpointError, match="made with another corpus"):
        trainer(seed=5, checkpoint_folder=tmp_path, corpus_fingerprint="abc").run(
            STAGES, resume=True
        )


def test_resuming_without_a_folder_is_refused() -> None:
    with pytest.raises(CheckpointError, match="there is no checkpoint to resume from"):
        trainer().run(STAGES, resume=True)
