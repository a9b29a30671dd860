import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from tests.corpus.sample_text import documents
from ulmus.corpus.ray_engine import RayEngine
from ulmus.corpus.ray_session import FOLDER, QUIET, ray_session
from ulmus.errors import CorpusError, MissingExtraError, SourceError
from ulmus.recipes.prepare import PrepareSettings, Sources, prepare

TEXTS = [f"a text with the number {number}" for number in range(40)]


def left_in(base: Path) -> list[str]:
    return [path.name for path in base.glob(f"{FOLDER}*")]


def test_a_missing_ray_is_told_with_its_command(monkeypatch):
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(MissingExtraError, match=r'Ray is not installed.*"ulmus\[ray\]"'):
        list(RayEngine().tokenize([("train", documents("a")[0])], None))


def test_standard_input_is_refused_before_ray_is_started(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "ray", None)
    settings = PrepareSettings(engine="ray")
    with pytest.raises(SourceError, match=r"standard input is read by this.*--engine local"):
        prepare(Sources("-"), tmp_path / "out", settings)


@pytest.mark.parametrize("place", ["setting", "RAY_ADDRESS"])
def test_a_cluster_that_does_not_answer_is_told(tmp_path, monkeypatch, place):
    pytest.importorskip("ray")
    if place == "RAY_ADDRESS":
        monkeypatch.setenv(place, "127.0.0.1:1")
    settings = PrepareSettings(
        engine="ray", ray_address="127.0.0.1:1" if place == "setting" else None
    )
    with pytest.raises(CorpusError, match=r"Ray cannot be reached.*'127.0.0.1:1'.*--ray-address"):
        prepare(Sources(TEXTS), tmp_path / "out", settings)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_a_session_leaves_the_process_as_it_was(tmp_path, monkeypatch):
    ray = pytest.importorskip("ray")
    # Far longer than a socket's path may be.
    deep = tmp_path / ("long" * 20)
    deep.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(deep))
    with subprocess.Popen([sys.executable, "-c", ""]) as ended:
        ended.wait()
    dead, alive = (Path("/tmp") / f"{FOLDER}{pid}-test" for pid in (ended.pid, os.getppid()))
    for folder in (dead, alive):
        folder.mkdir(exist_ok=True)
    before = dict(os.environ), signal.getsignal(signal.SIGTERM)

    with ray_session("local", 1) as session:
        assert session.workers == 1
        assert signal.getsignal(signal.SIGTERM) == before[1]
        assert (
            len([name for name in left_in(Path("/tmp")) if f"{FOLDER}{os.getpid()}-" in name]) == 1
        )
        assert not dead.exists()
        with ray_session("127.0.0.1:1", 5) as inner:  # what has begun is used, and stays
            assert inner.workers == 1
        assert ray.is_initialized()

    alive.rmdir()
    assert not ray.is_initialized()
    assert (dict(os.environ), signal.getsignal(signal.SIGTERM)) == before
    assert not [name for name in left_in(Path("/tmp")) if f"{FOLDER}{os.getpid()}-" in name]
    assert list(deep.iterdir()) == []
    assert not set(QUIET) & set(os.environ)
