"""The harness's arithmetic, and that children run in turn, with two that only count."""

import sys
from pathlib import Path

import numpy as np
import pytest

from benchmarks.harness import random_ids, results
from benchmarks.harness.goals import GOALS, Goal
from benchmarks.harness.missing import MissingError
from benchmarks.harness.process_memory import watch
from benchmarks.harness.results import Result, compared, read_results, write_results
from benchmarks.harness.rounds import FOLDER, ChildSpec, Measured, alternate
from benchmarks.harness.spread import Spread, ratios, shares, spread
from benchmarks.harness.table import figure, markdown_table, plain_table

CHILD = "tests.benchmarks.counting_child"


@pytest.fixture(autouse=True)
def _from_the_repository(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(FOLDER.parent)  # where `python -m` finds the child


def child(name: str, log: Path, **settings: object) -> ChildSpec:
    return ChildSpec(name, CHILD, {"name": name, "log": str(log), "seconds": 1.0, **settings})


def test_a_spread_is_the_median_between_the_extremes() -> None:
    assert spread([3.0, 1.0, 10.0]) == Spread(3, 1, 10)
    assert spread([1.0, 2.0, 4.0, 5.0]).median == 3


def test_ratios_are_taken_round_by_round() -> None:
    # The third round was slow for both, which no ratio of medians would forgive.
    assert ratios([4.0, 4.0, 40.0], [2.0, 1.0, 10.0]) == Spread(4, 2, 4)


def test_a_share_compares_with_the_product_of_the_same_round() -> None:
    found = shares([2.0, 4.0], 100, [1.0, 1.0], 100)
    assert found == Spread(0.375, 0.25, 0.5)


def test_children_run_in_turn_and_every_other_round_backwards(tmp_path: Path) -> None:
    log = tmp_path / "log"
    measured = alternate([child("a", log), child("b", log, seconds=2.0)], rounds=3)
    assert log.read_text() == "abbaab"
    assert measured["a"].seconds == [1, 2, 3]
    assert measured["b"].seconds == [2, 4, 6]
    assert measured["b"].facts == {"runs": 3}
    assert 1 < measured["a"].peak_memory_mb < 1_000


@pytest.mark.parametrize(
    ("trouble", "reason", "runs"),
    [
        ({"unavailable": True}, "not in this version", 0),
        ({"dies_after": 1}, "failed: out of luck", 1),
    ],
)
def test_a_child_that_fails_says_why_and_the_other_goes_on(
    tmp_path: Path, trouble: dict[str, object], reason: str, runs: int
) -> None:
    log = tmp_path / "log"
    measured = alternate([child("a", log, **trouble), child("b", log)], rounds=2)
    assert measured["a"].missing == reason
    assert len(measured["a"].seconds) == runs
    assert measured["b"].missing is None
    assert measured["b"].seconds == [1, 2]
    row = compared(GOALS[0].key, measured["b"], measured["a"])
    assert row.not_run == f"ulmus: {reason}"


def test_targets_are_judged_by_the_ratio_or_by_the_figure_they_speak_of() -> None:
    fast = Goal("key", "script", "job", "s", at_least=2)
    small = Goal("key", "script", "job", "MB", at_most=1000, judged="peak MB")
    assert (fast.target, small.target) == ("ratio >= 2", "peak MB <= 1000")
    assert (fast.met(2.0), fast.met(1.9), fast.met(None)) == (True, False, None)
    assert (small.met(1000), small.met(1001)) == (True, False)
    assert Goal("key", "script", "job", "s").met(1.0) is None


def test_a_row_compares_medians_in_its_unit() -> None:
    theirs = Measured([4.0, 6.0, 5.0], peak_memory_mb=300)
    ours = Measured([2.0, 2.0, 2.0], peak_memory_mb=100)
    row = compared(GOALS[0].key, theirs, ours, amount=100)
    assert (row.peer, row.ulmus, row.ratio) == (20, 50, Spread(2.5, 2, 3))
    assert (row.peer_memory_mb, row.ulmus_memory_mb) == (300, 100)
    assert row.met is True


def test_results_are_read_as_they_were_written_and_the_rest_was_not_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(results, "RESULTS", tmp_path)
    row = Result(GOALS[1].key, peer=1.0, ulmus=2.0, ratio=Spread(2, 1, 3), note="a note")
    write_results(GOALS[1].script, [row], quick=False)
    found = read_results(quick=False)
    assert [one.key for one in found] == [goal.key for goal in GOALS]
    assert found[1] == row
    assert {one.not_run for one in found if one != row} == {"not run"}
    assert read_results(quick=True)[1].not_run == "not run"
    assert "2.00 (1.00-3.00)" in plain_table(found)
    assert f"- {GOALS[1].job}: a note" in markdown_table(found)


def test_every_row_has_a_key_of_its_own_and_a_script_that_is_there() -> None:
    assert len({goal.key for goal in GOALS}) == len(GOALS)
    assert [goal.script for goal in GOALS if not (FOLDER / f"{goal.script}.py").is_file()] == []


def test_figures_have_about_three_digits() -> None:
    shown = [figure(value) for value in (None, 0.123, 12.34, 1234.5)]
    assert shown == ["", "0.12", "12.3", "1,234"]


def test_random_documents_are_as_long_as_reviews_and_words_as_frequent() -> None:
    lengths = random_ids.document_lengths(5_000)
    assert (lengths.min(), lengths.max()) == (20, 1200)
    assert 165 < lengths.mean() < 185
    ids = random_ids.zipf_ids(200_000, 30_000)
    counts = np.bincount(ids, minlength=30_000)
    assert counts[:9].sum() == 0
    assert len(counts) == 30_000
    # ln 2 of the first rank, ln(7 / 4) of the fourth to sixth together
    assert counts[9] / counts[12:15].sum() == pytest.approx(0.693 / 0.560, rel=0.05)
    again, labels = random_ids.labelled_documents(200, 30_000)
    assert 60 < sum(labels) < 140
    assert all(one.min() >= 9 and one.max() < 30_000 for one in again)


@pytest.mark.skipif(sys.platform != "linux", reason="needs /proc")
def test_memory_is_that_of_all_processes_of_a_command() -> None:
    holding = "import time; held = b'x' * 60_000_000; time.sleep(0.8)"
    both = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {holding!r}])"
    found = watch([sys.executable, "-c", both])
    assert 0.8 <= found.seconds < 60
    assert found.peak_memory_mb is not None
    assert 60 < found.peak_memory_mb < 120


def test_a_command_that_fails_is_named_with_its_last_words() -> None:
    with pytest.raises(MissingError, match=r"-c raise SystemExit.* failed: no luck"):
        watch([sys.executable, "-c", "raise SystemExit('no luck')"])
