"""Progress on a terminal and in a file."""

import re
from io import StringIO
from types import SimpleNamespace
from typing import Any

import pytest
from rich.console import Console

from tests.training.stand_ins import STEPS, CtrlC, Listener, stage, trainer
from ulmus.training import progress
from ulmus.training.history import EpochRecord
from ulmus.training.progress import BarProgress, LineProgress, show_progress

NUMBER = r"[\d.,e+]+"


def _file() -> Console:
    return Console(file=StringIO(), force_terminal=False, width=60)


def _terminal(width: int = 160) -> Console:
    # CI systems say what they are in variables that rich heeds.
    return Console(
        file=StringIO(), force_terminal=True, width=width, _environ={"TERM": "xterm-256color"}
    )


def _text(console: Console) -> str:
    written = console.file.getvalue()  # type: ignore[attr-defined]
    return re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", written)


class Every(Listener):
    """Repaints a bar at every step, as time would."""

    def __init__(self, shown: BarProgress) -> None:
        self.shown = shown

    def step_done(self, *heard: Any) -> None:
        self.shown.bar.refresh()


def test_the_console_chooses() -> None:
    assert isinstance(show_progress("x", _file()), LineProgress)
    assert isinstance(show_progress("x", _terminal()), BarProgress)


@pytest.mark.parametrize(
    ("task", "metric"), [("language model", "perplexity"), ("classifier", "accuracy")]
)
def test_a_file_gets_a_line_a_stage_and_epoch(task: str, metric: str) -> None:
    console = _file()
    run = trainer(task, callbacks=[show_progress("fine-tuning", console)])
    history = run.run([stage(name="head", train_from=-1), stage(epochs=2, learning_rate=5e-4)])
    lines = _text(console).splitlines()
    assert lines[0] == f"fine-tuning: head, 1 epoch of {STEPS} steps, rate 0.01"
    assert lines[2] == f"fine-tuning: all, 2 epochs of {STEPS} steps, rate 0.0005"
    assert len(lines) == 5
    for line, record in zip([lines[1], *lines[3:]], history.epochs, strict=True):
        assert line.startswith(
            f"  epoch {record.epoch}: train loss {record.train_loss:.4f}, "
            f"valid loss {record.valid_loss:.4f}, {metric} {record.metric:.4f}, "
        )
        assert re.search(rf"{NUMBER} tokens/s, 0 s( \(kept\))?$", line)
    assert lines[1].endswith("(kept)")


def test_a_long_epoch_says_where_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "LINE_EVERY_SECONDS", 0.0)
    console = _file()
    trainer(callbacks=[show_progress("pretraining", console)]).run([stage()])
    lines = _text(console).splitlines()
    assert len(lines) == 2 + STEPS
    for step, line in enumerate(lines[1:-1], 1):
        assert re.fullmatch(
            rf"  epoch 1, step {step}/{STEPS}: loss {NUMBER}, perplexity {NUMBER}, "
            rf"{NUMBER} tokens/s, \d+ s left",
            line,
        )


def test_lines_within_an_epoch_are_rare(monkeypatch: pytest.MonkeyPatch) -> None:
    now = iter(range(0, 1000, 8))
    clock = SimpleNamespace(monotonic=lambda: float(next(now)))
    monkeypatch.setattr(progress, "time", clock)
    console = _file()
    shown = LineProgress("pretraining", console)
    objective = trainer().objective
    shown.stage_started(stage(), objective, [100])
    shown.epoch_started(0, 100)  # 8 s pass at each look on the clock
    for step in range(1, 11):
        shown.step_done(0, step, progress.Score(3.0, 0, 1, 80))
    said = _text(console).splitlines()[1:]
    assert [line.split(":")[0] for line in said] == [
        "  epoch 1, step 4/100",
        "  epoch 1, step 8/100",
    ]
    assert said[0].endswith("loss 3.000, perplexity 20.09, 10 tokens/s, 768 s left")


@pytest.mark.parametrize(
    ("task", "metric"), [("language model", "perplexity"), ("classifier", "accuracy")]
)
def test_a_terminal_gets_bars_that_make_way_for_lines(task: str, metric: str) -> None:
    console = _terminal()
    shown = BarProgress("fine-tuning", console)
    run = trainer(task, callbacks=[shown, Every(shown)])
    history = run.run([stage(name="head"), stage()])
    text = _text(console)
    figures = rf"loss {NUMBER}, {metric} {NUMBER}, {NUMBER} tokens/s"
    assert re.search(rf"  epoch 1 ━.*{figures} +\d:\d\d:\d\d", text)
    assert re.search(rf"  epoch 2 ━.*{figures}", text)
    assert f"fine-tuning: head, 1 epoch of {STEPS} steps, rate 0.01" in text
    for record in history.epochs:
        assert f"  epoch {record.epoch}: train loss {record.train_loss:.4f}" in text
    assert not shown.bar.live.is_started


def test_an_interrupted_run_leaves_no_bar_behind() -> None:
    shown = BarProgress("fine-tuning", _terminal())
    with pytest.raises(KeyboardInterrupt):
        trainer(callbacks=[shown, CtrlC(2)]).run([stage()])
    assert not shown.bar.live.is_started


@pytest.mark.parametrize("kind", [BarProgress, LineProgress])
def test_an_epoch_that_is_no_better_is_not_called_the_best(kind: Any) -> None:
    console = _file()
    shown = kind("x", console)
    shown.stage_started(stage(), trainer().objective, [5])
    record = EpochRecord("all", 3, 15, 2.0, 2.5, 12.18, 12345.6, 61.4)
    shown.epoch_done(record, kept=False)
    shown.run_ended()
    text = " ".join(_text(console).split())
    figures = {
        LineProgress: "2.0000, valid loss 2.5000, perplexity 12.1800, 12,346 tokens/s, 61 s",
        BarProgress: "2.000, valid loss 2.500, perplexity 12.18, 61 s",  # on narrow terminals
    }
    assert text.endswith(f"epoch 3: train loss {figures[kind]}")
    assert "kept" not in text


def test_no_line_is_broken_in_a_narrow_terminal() -> None:
    console = _terminal(80)
    shown = BarProgress("fine-tuning the language model", console)
    named = stage(name="embedding and decoder", learning_rate=0.004)
    shown.stage_started(named, trainer().objective, [12345])
    shown.epoch_started(11, 12345)
    shown.step_done(11, 1, progress.Score(3.0, 0, 1, 80))
    shown.bar.refresh()
    shown.epoch_done(EpochRecord("all", 12, 15, 4.0, 4.5, 1234.5678, 123456.7, 1234.5), kept=True)
    shown.run_ended()
    lines = [line.rstrip() for line in re.split("[\r\n]+", _text(console)) if line.strip()]
    assert max(map(len, lines)) <= 80
    told = "fine-tuning the language model: embedding and decoder, 1 epoch of 12345 steps"
    assert lines[0] == told
    assert "  epoch 12: train loss 4.000, valid loss 4.500, perplexity 1235, 1234 s (kept)" in lines
    bar = re.compile(r"  epoch 12 ━+ loss 3.000, perplexity 20.09, .*\d tokens/s")
    assert any(map(bar.match, lines))


def test_a_stage_whose_epochs_differ_says_between_what() -> None:
    console = _file()
    shown = LineProgress("pretraining", console)
    shown.stage_started(stage(epochs=3), trainer().objective, [103, 99, 101])
    assert _text(console) == "pretraining: all, 3 epochs of 99 to 103 steps, rate 0.01\n"


def test_each_epoch_has_a_bar_of_its_own_length() -> None:
    shown = BarProgress("pretraining", _terminal())
    shown.stage_started(stage(epochs=2), trainer().objective, [103, 99])
    for epoch, steps in enumerate([103, 99]):
        shown.epoch_started(epoch, steps)
        shown.step_done(epoch, 50, progress.Score(3.0, 0, 1, 80))
        (bar,) = shown.bar.tasks
        assert (bar.completed, bar.total) == (50, steps)
    shown.run_ended()


def test_the_time_left_is_that_of_the_epochs_own_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "LINE_EVERY_SECONDS", 0.0)
    now = iter(range(0, 1000, 10))
    monkeypatch.setattr(progress, "time", SimpleNamespace(monotonic=lambda: float(next(now))))
    console = _file()
    shown = LineProgress("pretraining", console)
    shown.stage_started(stage(epochs=2), trainer().objective, [30, 20])
    for epoch, steps in enumerate([30, 20]):
        shown.epoch_started(epoch, steps)
        shown.step_done(epoch, 5, progress.Score(3.0, 0, 1, 80))  # 10 s after it began
    assert re.findall(r"step 5/(\d+).* (\d+) s left", _text(console)) == [
        ("30", "250"),
        ("20", "150"),
    ]
