"""`ulmus prepare --engine ray` as users start it: a Ray of its own, and a cluster."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.cli.running import done, files
from tests.corpus.sample_text import generated

pytestmark = pytest.mark.slow
pytest.importorskip("ray")


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """Eight files, each a piece of its own that takes a worker a second or more."""
    folder = tmp_path / "source"
    folder.mkdir()
    for number in range(8):
        rows = [json.dumps({"text": d.text or "none"}) for d in generated(2500, seed=number)]
        (folder / f"{number}.jsonl").write_text("\n".join(rows * 8), "utf-8")
    return folder


def start(source: Path, *arguments: str) -> subprocess.Popen[str]:
    command = "import sys; from ulmus.corpus import source_parts as s; s.PIECE_BYTES = 1 << 20;"
    command += "from ulmus.cli.main import main; main()"
    return subprocess.Popen(
        [sys.executable, "-c", command, "prepare", str(source), "--engine", "ray", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def in_session(process: subprocess.Popen[str]) -> dict[int, str]:
    """Return the processes of a session, by their ids, with their command lines."""
    found = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                session = int((folder / "stat").read_text().rpartition(")")[2].split()[3])
                command = (folder / "cmdline").read_bytes().decode(errors="replace")
            except OSError:
                continue
            if session == process.pid:
                found[int(folder.name)] = command
    return found


def wait_for_work(process: subprocess.Popen[str], workers: int = 1) -> None:
    deadline = time.monotonic() + 60
    while sum("MapWorker" in command for command in in_session(process).values()) < workers:
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.1)


def wait_until_alone(process: subprocess.Popen[str]) -> None:
    deadline = time.monotonic() + 20
    while left := in_session(process):
        assert time.monotonic() < deadline, left
        time.sleep(0.2)


@pytest.mark.skipif(not Path("/proc").exists(), reason="looks for processes in /proc")
def test_it_says_what_the_local_engine_says_and_leaves_nothing(
    tmp_path: Path, source: Path
) -> None:
    local = done("prepare", source, "--out", tmp_path / "local")
    process = start(source, "--workers", "2", "--out", str(tmp_path / "ray"))
    out, err = process.communicate(timeout=120)

    assert (process.returncode, err) == (0, "")
    assert out.splitlines()[:-1] == local.out.splitlines()[:-1]  # the last names the folder
    assert files(tmp_path / "ray") == files(tmp_path / "local")
    wait_until_alone(process)
    assert not list(Path("/tmp").glob(f"ulmus-ray-{process.pid}-*"))


@pytest.mark.skipif(not Path("/proc").exists(), reason="looks for processes in /proc")
@pytest.mark.parametrize(
    ("number", "code", "said"),
    [(signal.SIGINT, 130, "ulmus: interrupted."), (signal.SIGTERM, 143, "ulmus: terminated.")],
)
def test_it_can_be_stopped(
    tmp_path: Path, source: Path, number: signal.Signals, code: int, said: str
) -> None:
    process = start(source, "--workers", "1", "--out", str(tmp_path / "out"))
    wait_for_work(process)
    if number == signal.SIGINT:
        os.killpg(process.pid, number)  # as a terminal does
    else:
        os.kill(process.pid, number)
    out, err = process.communicate(timeout=60)

    assert (process.returncode, out, err.strip()) == (code, "", said)
    wait_until_alone(process)
    assert [path.name for path in tmp_path.iterdir()] == ["source"]
    assert not list(Path("/tmp").glob(f"ulmus-ray-{process.pid}-*"))
    print(f"{number.name} in the middle of Ray's work: nothing left")


def test_a_lost_machine_of_a_cluster_changes_nothing(tmp_path: Path, source: Path) -> None:
    from ray.cluster_utils import Cluster

    head = {"num_cpus": 0, "include_dashboard": False, "object_store_memory": 1 << 27}
    cluster = Cluster(initialize_head=True, head_node_args=head)
    try:
        nodes = [cluster.add_node(num_cpus=1, object_store_memory=1 << 27) for _ in range(2)]
        process = start(source, "--ray-address", cluster.address, "--out", str(tmp_path / "ray"))
        wait_until_begun(tmp_path)
        cluster.remove_node(nodes[0], allow_graceful=False)
        out, err = process.communicate(timeout=150)
        assert process.returncode == 0, err
    finally:
        cluster.shutdown()

    done("prepare", source, "--out", tmp_path / "local")
    assert files(tmp_path / "ray") == files(tmp_path / "local")
    assert out.splitlines()[-1].startswith("saved: ")
    print("1 of 2 machines of a cluster lost in the middle: the same corpus")


def wait_until_begun(folder: Path) -> None:
    """Wait until the first tokens have arrived."""
    deadline = time.monotonic() + 90
    while not any(path.stat().st_size for path in folder.glob(".ray.*.part/spool/train.ids")):
        assert time.monotonic() < deadline
        time.sleep(0.05)
