from pathlib import Path

import pytest

from tests.bundle.saved_models import language_model
from ulmus.bundle.reader import load
from ulmus.errors import CheckpointError, OutputError, SettingsError
from ulmus.launch import Launch
from ulmus.recipes.finish import beside, checked_output, checkpoint_of, finish, goes_on
from ulmus.training.history import EpochRecord, History, StepRecord
from ulmus.training.processes import Processes

HISTORY = History(
    "perplexity",
    [EpochRecord("all", 1, 4, 2.5, 2.25, 9.5, 1000.0, 0.5)],
    [StepRecord(2, 0.01, 2.75), StepRecord(4, 0.001, 2.25)],
)

ALONE = Processes()


@pytest.fixture
def out(tmp_path):
    checkpoint = checkpoint_of(tmp_path / "model")
    checkpoint.mkdir()
    (checkpoint / "checkpoints.json").write_text("{}")
    return tmp_path / "model"


def test_the_checkpoint_lies_beside_the_bundle(tmp_path):
    assert checkpoint_of(tmp_path / "model.v2") == tmp_path / "model.v2.checkpoint"


def test_the_current_folder_has_a_name(tmp_path, monkeypatch):
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    assert checkpoint_of(Path()) == tmp_path / "here.checkpoint"
    assert beside(Path("sub/.."), "work") == tmp_path / "here.work"


def test_the_bundle_is_written_with_its_history_and_the_checkpoint_dropped(out):
    bundle = language_model()
    finish(out, bundle, HISTORY, [], ALONE)
    assert (out / "history.csv").read_text("utf-8").splitlines() == [
        "stage,epoch,step,train_loss,valid_loss,perplexity,tokens_per_second,seconds",
        "all,1,4,2.5,2.25,9.5,1000,0.5",
    ]
    assert (out / "steps.csv").read_text("utf-8").splitlines()[1:] == [
        "2,0.01,2.75",
        "4,0.001,2.25",
    ]
    assert load(out).processor.fingerprint == bundle.processor.fingerprint
    assert [p.name for p in out.parent.iterdir()] == ["model"]


def test_a_bundle_that_cannot_be_written_leaves_the_checkpoint(out):
    out.write_text("thesis")
    with pytest.raises(OutputError, match="the output path is taken"):
        finish(out, language_model(), HISTORY, [], ALONE)
    assert sorted(p.name for p in out.parent.iterdir()) == ["model", "model.checkpoint"]


def test_a_checkpoint_that_leads_nowhere_is_dropped(out):
    with pytest.raises(SettingsError, match="not finite"), checked_output(out, ALONE):
        raise SettingsError("not finite")
    assert list(out.parent.iterdir()) == []


@pytest.mark.parametrize(
    "error", [KeyboardInterrupt, CheckpointError("of another run"), OutputError("disk full")]
)
def test_a_checkpoint_from_which_one_can_go_on_stays(error, out):
    with (
        pytest.raises((KeyboardInterrupt, CheckpointError, OutputError)),
        checked_output(out, ALONE),
    ):
        raise error
    assert [p.name for p in out.parent.iterdir()] == ["model.checkpoint"]


@pytest.mark.parametrize("name", ["model", "model.checkpoint"])
def test_taken_folders_are_refused_at_once(name, tmp_path):
    (tmp_path / name).mkdir()
    (tmp_path / name / "thesis.txt").write_text("text")
    with (
        pytest.raises(OutputError, match=f"the output path is taken: '.*{name}'"),
        checked_output(tmp_path / "model", ALONE),
    ):
        raise AssertionError("training began")
    assert (tmp_path / name / "thesis.txt").exists()


def test_a_run_goes_on_when_it_is_told_to_or_was_started_again(out):
    again = Processes(Launch(restarts=1))
    assert goes_on(out, ALONE, resume=True)
    assert not goes_on(out, again, resume=False)  # it ended before it had saved
    (checkpoint_of(out) / "000001").mkdir()
    (checkpoint_of(out) / "000001" / "checkpoint.json").touch()
    assert goes_on(out, again, resume=False)
    assert not goes_on(out, ALONE, resume=False)
