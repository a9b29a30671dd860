"""The files a history writes."""

from pathlib import Path

from ulmus.training.history import EpochRecord, History, StepRecord


def test_epochs_and_steps_are_written_as_csv(tmp_path: Path) -> None:
    history = History("perplexity")
    history.epochs.append(EpochRecord("head, alone", 1, 10, 2.5, 2.25, 9.487735836, 1234567.0, 0.5))
    history.epochs.append(EpochRecord("всё", 2, 20, 1 / 3, 1e-7, 1.0, 10.0, 100.25))
    history.steps.append(StepRecord(5, 0.002, 2.75))
    history.write(tmp_path)
    assert (tmp_path / "history.csv").read_text("utf-8").splitlines() == [
        "stage,epoch,step,train_loss,valid_loss,perplexity,tokens_per_second,seconds",
        '"head, alone",1,10,2.5,2.25,9.48774,1.23457e+06,0.5',
        "всё,2,20,0.333333,1e-07,1,10,100.25",
    ]
    assert (tmp_path / "steps.csv").read_text("utf-8").splitlines() == [
        "step,learning_rate,train_loss",
        "5,0.002,2.75",
    ]
