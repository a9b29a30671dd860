"""One run at a time writes to a path, and a killed one leaves nothing."""

import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from ulmus.errors import OutputError
from ulmus.files import atomic_file, atomic_folder, claimed

HOLDER = """
import sys, time
from pathlib import Path
from ulmus.files import atomic_folder, claimed
with claimed(Path(sys.argv[1])), atomic_folder(Path(sys.argv[1]), "marker") as folder:
    (folder / "half").write_text("half")
    print("held", flush=True)
    sys.stdin.read()
"""


def holder(path: Path) -> "subprocess.Popen[str]":
    """Start a process that holds a path and has written half a folder, until its input ends."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_second_run_is_refused_until_the_first_has_ended(tmp_path: Path) -> None:
    out = tmp_path / "out"
    with holder(out) as first:
        for again in (claimed(out), atomic_file(out), atomic_folder(out, "marker")):
            with pytest.raises(OutputError, match=r"another run is writing this output: '.*out'"):
                again.__enter__()
        with claimed(tmp_path / "other"):
            first.communicate("")
    assert first.returncode == 0
    assert names(tmp_path) == ["out"]
    with claimed(out):
        assert names(tmp_path) == [".out.lock", "out"]
    assert names(tmp_path) == ["out"]


def test_what_a_killed_run_left_is_taken_over_and_removed(tmp_path: Path) -> None:
    out = tmp_path / "out"
    with holder(out) as first:
        first.send_signal(signal.SIGKILL)
    left = names(tmp_path)
    assert left[-1] == ".out.lock"
    assert [name.endswith(".part") for name in left] == [True, False]
    (tmp_path / ".out.1234abcd.part").write_text("of a file")
    (tmp_path / ".out.1234abcd.corpus").mkdir()
    (tmp_path / "..out.1234abcd.corpus.5678cdef.part").mkdir()
    (tmp_path / "..out.1234abcd.corpus.lock").touch()
    (tmp_path / ".output.1234abcd.part").write_text("of another output")
    (tmp_path / ".out.notes.part").write_text("somebody's own")
    with claimed(out):
        kept = [".out.lock", ".out.notes.part", ".output.1234abcd.part"]
        assert names(tmp_path) == kept
    assert names(tmp_path) == kept[1:]


def test_a_run_may_hold_its_path_again_but_no_other_thread_may(tmp_path: Path) -> None:
    out = tmp_path / "out"
    told: list[str] = []

    def other() -> None:
        try:
            with claimed(out):
                told.append("held")
        except OutputError as error:
            told.append(str(error.args[0]))

    with claimed(out):
        with claimed(out), atomic_file(out) as temporary:
            temporary.write_text("text", "utf-8")
        thread = threading.Thread(target=other)
        thread.start()
        thread.join()
    assert told == ["another run is writing this output"]
    other()
    assert told[1:] == ["held"]


def test_folders_made_for_the_lock_go_again(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError), claimed(tmp_path / "a" / "b" / "out"):
        raise RuntimeError
    assert names(tmp_path) == []


def test_a_folder_is_never_missing_while_it_is_replaced(tmp_path: Path) -> None:
    out = tmp_path / "out"
    with atomic_folder(out, "marker") as folder:
        (folder / "marker").write_text("0")
    stop, missing = threading.Event(), []

    def look() -> None:
        while not stop.is_set():
            try:
                out.stat()
            except FileNotFoundError:
                missing.append(True)

    thread = threading.Thread(target=look)
    thread.start()
    for number in range(50):
        with atomic_folder(out, "marker") as folder:
            (folder / "marker").write_text(str(number))
    stop.set()
    thread.join()
    assert (out / "marker").read_text() == "49"
    if sys.platform == "linux":  # elsewhere for a moment
        assert missing == []
    assert names(tmp_path) == ["out"]
