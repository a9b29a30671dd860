"""Worker processes end when the process that started them is killed."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

SCRIPT = """
import itertools, sys, time
from ulmus.corpus.chunks import Chunk
from ulmus.corpus.workers import tokenize_in_order
from ulmus.text.sources import Document
from ulmus.text.splitter import build_splitter

def main():
    splitter = build_splitter("characters")
    chunks = (Chunk("train", [Document(("a text",), None)]) for _ in itertools.count())
    for number, _ in enumerate(tokenize_in_order(chunks, splitter, workers=2)):
        if number == 10:
            print("working", flush=True)

if __name__ == "__main__":
    main()
"""


@pytest.mark.skipif(not Path("/proc").exists(), reason="looks for children in /proc")
def test_workers_of_a_killed_process_end(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(SCRIPT, "utf-8")
    with subprocess.Popen(
        [sys.executable, str(script)], stdout=subprocess.PIPE, text=True, start_new_session=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "working\n"
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
        workers = [int(child) for child in children if _is_worker(int(child))]
        assert len(workers) == 2
        process.send_signal(signal.SIGKILL)
    for _ in range(100):
        left = [pid for pid in workers if _is_worker(pid)]
        if not left:
            return
        time.sleep(0.1)
    for pid in left:
        os.kill(pid, signal.SIGKILL)
    pytest.fail(f"{len(left)} of 2 workers went on after 10 seconds")


def _is_worker(pid: int) -> bool:
    try:
        return b"spawn_main" in Path(f"/proc/{pid}/cmdline").read_bytes()
    except FileNotFoundError:
        return False
