"""A folder in which nothing can be written is told before the work begins."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.running import done, ulmus
from tests.hostile.disks import Disk, mounted
from tests.hostile.verbs import write_table

LONG = ("--model", "tiny", "--epochs", "100000")
"""It would take hours, so that an end says that nothing was begun."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sources")
    write_table(folder / "table.csv")
    done("prepare", folder / "table.csv", "--label", "label", "--out", folder / "corpus")
    done("pretrain", folder / "corpus", "--model", "tiny", "--epochs", "1", "--out", folder / "m")
    return folder


@pytest.fixture(scope="module")
def disk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Disk]:
    with mounted(tmp_path_factory.mktemp("read-only") / "disk") as disk:
        (disk.path / "old").mkdir()
        disk.make_read_only()
        yield disk


COMMANDS = {
    "prepare": ("prepare", "{0}/table.csv"),
    "pretrain": ("pretrain", "{0}/corpus", *LONG),
    "finetune": ("finetune", "{0}/m", "{0}/table.csv", "--epochs", "100000"),
    "classifier": ("classifier", "{0}/m", "{0}/corpus", "--epochs", "100000"),
    "fit": ("fit", "{0}/table.csv", "--model", "tiny", "--set", "classifier.epochs=100000"),
    "shrink": ("shrink", "{0}/m"),
}


@pytest.mark.parametrize("verb", COMMANDS)
@pytest.mark.parametrize("name", ["new", "old", "deep/new"])
def test_a_read_only_disk(verb: str, name: str, folder: Path, disk: Disk) -> None:
    command = [part.format(folder) for part in COMMANDS[verb]]
    outcome = ulmus(*command, "--out", disk.path / name)
    assert outcome.code == 2, outcome.err
    last = outcome.err.splitlines()[-1]
    assert last.startswith("ulmus: cannot write the output (Read-only file system): '")
    assert last.endswith("where you may write. Choose another --out.")
    assert "epoch 1" not in outcome.err
    assert disk.names() == ["old"]


def test_where_one_may_not_write(folder: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "ulmus", "pretrain", folder / "corpus", *LONG]
    if os.geteuid() == 0:  # who may write everywhere, unless that is taken away
        if shutil.which("setpriv") is None:
            pytest.skip("root may write everywhere, and there is no setpriv")
        command = ["setpriv", "--bounding-set", "-dac_override", *command]
    tmp_path.chmod(0o555)
    try:
        command += ["--out", tmp_path / "out"]
        ended = subprocess.run([*map(str, command)], stderr=subprocess.PIPE, check=False)
    finally:
        tmp_path.chmod(0o755)
    assert ended.returncode == 2, ended.stderr
    assert b"cannot write the output (Permission denied)" in ended.stderr
    assert list(tmp_path.iterdir()) == []


def test_where_a_disk_is_mounted(folder: Path, tmp_path: Path) -> None:
    # A finished folder takes its place by a new name, which a mounted disk cannot get.
    with mounted(tmp_path / "volume") as volume:
        outcome = ulmus("pretrain", folder / "corpus", *LONG, "--out", volume.path)
        assert outcome.code == 2
        assert "the output path is where a disk is mounted: '" in outcome.err
        assert outcome.err.endswith(f"Take --out {volume.path / 'model'}, for example.\n")
        assert volume.names() == []
