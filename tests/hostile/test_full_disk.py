"""A disk that is full at any point: one line, the last checkpoint is kept, and nothing else."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.running import done, ulmus
from tests.hostile.disks import Disk, mounted
from tests.hostile.verbs import VERBS, Verb, write_table
from ulmus.training.checkpoints import checkpoints_in

AMOUNTS = 6
"""Of free space, with which each verb is run."""

TOLD = re.compile(
    r"ulmus: no space left for the output \(No space left on device\), of which nothing is kept: "
    r"'.*'; accepted: (about|more than) [\d.,]+ MB, where [\d.,]+ MB are free\. Make room there"
)
KEPT = r"what was done before is kept in .*\.(checkpoint|work), so go on with --resume"


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    with mounted(tmp_path / "disk") as disk:
        yield disk


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("sources")
    write_table(folder / "table.csv")
    done("prepare", folder / "table.csv", "--out", folder / "corpus")
    names = {"prepare": "table.csv", "pretrain": "corpus", "fit": "table.csv"}
    return {verb: folder / name for verb, name in names.items()}


@pytest.mark.slow
@pytest.mark.parametrize("verb", VERBS, ids=lambda verb: verb.name)
def test_full_at_any_point(verb: Verb, disk: Disk, sources: dict[str, Path]) -> None:
    out = disk.path / "out"
    command = (verb.name, sources[verb.name], *verb.options, "--out", out)
    with disk.watched() as most:
        done(*command)
    wanted = verb.result(out)
    shutil.rmtree(out)
    tried, full, resumed = [], 0, 0
    for number in range(AMOUNTS):
        tried.append(int((number + 0.5) / AMOUNTS * most.taken))
        disk.leave(tried[-1])
        outcome = ulmus(*command)
        again = False
        if outcome.code:
            full += 1
            again = _kept_to_go_on(outcome.code, outcome.err, disk)
        disk.empty()
        if outcome.code:
            done(*command, *(["--resume"] if again else []))
        resumed += again
        assert disk.names() == ["out"], tried
        assert verb.result(out) == wanted, tried
        shutil.rmtree(out)
    assert full
    told = ", ".join(f"{each / 1e6:.2f}" for each in tried)
    print(f"\n{verb.name}, {told} MB free: full {full} times, {resumed} went on")


def _kept_to_go_on(code: int, said: str, disk: Disk) -> bool:
    """Return whether something was kept, having looked at all that was said and left."""
    assert code == 2, said
    last = said.splitlines()[-1]
    assert TOLD.match(last), said
    assert "Traceback" not in said
    names = disk.names()
    assert names in ([], ["out.checkpoint"], ["out.work"]), names
    left = [path for path in disk.path.rglob("*") if path.name.endswith((".part", ".lock"))]
    assert not left
    assert bool(names) is bool(re.search(KEPT, last)), said
    if names == ["out.checkpoint"]:
        assert checkpoints_in(disk.path / names[0])
    return bool(names)


def test_an_older_output_stays_where_there_is_no_room_for_a_new_one(
    disk: Disk, sources: dict[str, Path]
) -> None:
    command = ("prepare", sources["prepare"], "--out", disk.path / "out")
    done(*command)
    before = VERBS[0].result(disk.path / "out")
    disk.leave(2 * 4096)
    outcome = ulmus(*command)
    assert outcome.code == 2
    assert TOLD.match(outcome.err)
    assert disk.names() == ["out"]
    assert VERBS[0].result(disk.path / "out") == before


def test_predictions_for_which_there_is_no_room(
    disk: Disk, sources: dict[str, Path], tmp_path: Path
) -> None:
    model, table = tmp_path / "model", sources["fit"]
    done("fit", table, "--out", model, "--model", "tiny", "--set", "classifier.epochs=1")
    disk.leave(4096)
    outcome = ulmus("predict", model, table, "--out", disk.path / "said.csv")
    assert outcome.code == 2
    assert TOLD.match(outcome.err)
    assert disk.names() == []
    outcome = ulmus("evaluate", model, table, "--label", "label", "--out", disk.path / "scores")
    assert outcome.code == 2
    assert TOLD.match(outcome.err.splitlines()[-1])
    assert disk.names() == []
    outcome = ulmus("shrink", model, "--out", disk.path / "small")
    assert outcome.code == 2
    assert TOLD.match(outcome.err)
    assert disk.names() == []


def test_standard_output_on_a_full_disk(disk: Disk, sources: dict[str, Path]) -> None:
    disk.leave(4096)
    command = [sys.executable, "-m", "ulmus", "tokenize", str(sources["fit"])]
    with (disk.path / "said").open("wb") as file:
        ended = subprocess.run(
            command, stdout=file, stderr=subprocess.PIPE, check=False, env=os.environ
        )
    assert ended.returncode == 2
    assert ended.stderr.decode() == (
        "ulmus: cannot write to standard output (No space left on device). Make room there.\n"
    )


def test_a_file_that_may_not_grow(sources: dict[str, Path], tmp_path: Path) -> None:
    # What quotas and `ulimit -f` do: SIGXFSZ, which Python ignores, and then EFBIG.
    limited = f"ulimit -f 8; exec {sys.executable} -m ulmus prepare {sources['fit']} --out out"
    ended = subprocess.run(
        ["sh", "-c", limited], cwd=tmp_path, stderr=subprocess.PIPE, check=False, env=os.environ
    )
    assert ended.returncode == 2, ended.stderr
    assert b"no space left for the output (File too large)" in ended.stderr
    assert list(tmp_path.iterdir()) == []
