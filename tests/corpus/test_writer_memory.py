"""What writing costs in memory, and what is left when it is stopped, seen from outside."""

import itertools
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parents[2]

MEASURED = """
import itertools, resource, sys
from pathlib import Path
from tests.corpus.sample_text import word_splitter
from ulmus.corpus import hold_out, write_corpus
from ulmus.corpus.workers import LocalEngine
from ulmus.text.sources import Document

texts = [" ".join(chr(97 + (i * j) % 26) for j in range(2000)) for i in range(500)]
cycled = itertools.islice(itertools.cycle(texts), int(sys.argv[2]))
stream = hold_out((Document((text,), None) for text in cycled), 0.1)
corpus = write_corpus(Path(sys.argv[1]), stream, word_splitter(), engine=LocalEngine(0, 1 << 18))
print(sum(split.token_count for split in corpus.splits.values()))
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""

ENDLESS = """
import itertools, sys
from pathlib import Path
from tests.corpus.sample_text import documents, word_splitter
from ulmus.corpus import hold_out, write_corpus
from ulmus.corpus.workers import LocalEngine

if __name__ == "__main__":
    endless = itertools.cycle(documents(*(f"a {i}" for i in range(100))))
    write_corpus(Path(sys.argv[1]), hold_out(endless, 0.1), word_splitter(), engine=LocalEngine(2))
"""


def start(program, *arguments, **options):
    command = [sys.executable, program, *map(str, arguments)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path[1:]])}
    return subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **options
    )


def test_peak_memory_does_not_grow_with_the_corpus(tmp_path):
    program = tmp_path / "measured.py"
    program.write_text(MEASURED, "utf-8")

    def measured(count):
        process = start(program, tmp_path / str(count), count)
        out, err = process.communicate(timeout=120)
        assert process.returncode == 0, err.decode()
        return map(int, out.split())

    tokens, kilobytes = measured(600)
    more_tokens, more_kilobytes = measured(20 * 600)

    assert (tokens, more_tokens) == (600 * 2001, 20 * 600 * 2001)
    grown = more_kilobytes - kilobytes
    assert grown < 16_000  # the ids of the larger corpus alone are 48,000, its text as much


def test_an_interrupt_leaves_neither_files_nor_processes(tmp_path):
    program = tmp_path / "endless.py"
    program.write_text(ENDLESS, "utf-8")
    process = start(program, tmp_path / "out" / "corpus", start_new_session=True)
    try:
        while not any((tmp_path / "out").glob(".corpus.*/spool/train.ids")):
            assert process.poll() is None, process.communicate()[1].decode()
            time.sleep(0.05)
        os.killpg(process.pid, signal.SIGINT)  # as a terminal does: to parent and workers
        _, err = process.communicate(timeout=60)
    finally:
        if process.poll() is None:  # it would go on for ever
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()

    assert list((tmp_path / "out").iterdir()) == []
    assert err.decode().rstrip().endswith("KeyboardInterrupt")
    assert err.decode().count("Traceback") == 1  # the workers say nothing of their own
    assert gone(process.pid)


def gone(group):
    for _ in itertools.repeat(None, 100):
        try:
            os.killpg(group, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.05)
    return False
