"""The most memory that long jobs hold, each fed with text that is made while it reads.

`prepare` makes a corpus of so many megabytes, `predict` answers so many rows from a pipe to a pipe,
`document` classifies one text of so many tokens, and `fit` learns from a table that holds one.
Memory is that of all processes of the job; what they share counts for each by its share (PSS).

    python benchmarks/bounded_memory.py prepare 2000
    python benchmarks/bounded_memory.py predict 1000000
    python benchmarks/bounded_memory.py document 5000000
    python benchmarks/bounded_memory.py fit 1000000
"""

import argparse
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from harness.endless_text import text_lines
from harness.process_memory import memory_of_family

ULMUS = (sys.executable, "-m", "ulmus")
FILM_REVIEWS = "text,label\n" + "a fine warm film,good\na dull grey film,bad\n" * 40
WORDS_IN_A_ROW = 12
INTERVAL_SECONDS = 0.2


class Fed(NamedTuple):
    """What a job took.

    Attributes:
        seconds: From its start to its end.
        peak_memory_mb: The most memory that its processes held together.
        lines: How many lines it wrote to its standard output.
    """

    seconds: float
    peak_memory_mb: float
    lines: int


def feed(command: Iterable[str], lines: Iterable[bytes]) -> Fed:
    """Run a command with lines as its standard input, and count what it says.

    Raises:
        SystemExit: It failed.
    """
    peak, said, started = 0.0, 0, time.perf_counter()
    with subprocess.Popen([*command], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        feeding = threading.Thread(target=_write, args=(process, lines), daemon=True)

        def count() -> None:
            nonlocal said
            assert process.stdout is not None
            said = sum(1 for _ in process.stdout)

        counting = threading.Thread(target=count, daemon=True)
        feeding.start()
        counting.start()
        while process.poll() is None:
            peak = max(peak, memory_of_family(process.pid))
            time.sleep(INTERVAL_SECONDS)
        counting.join()
    if process.returncode:
        sys.exit(f"{' '.join(command)} failed")
    return Fed(time.perf_counter() - started, peak, said)


def prepare(megabytes: int, folder: Path) -> Fed:
    """Make a corpus of words, a document a line."""
    command = [*ULMUS, "prepare", "-", "--out", str(folder / "corpus")]
    return feed(command, text_lines(megabytes))


def predict(rows: int, folder: Path) -> Fed:
    """Classify short rows."""
    model = _classifier(folder)
    fed = feed([*ULMUS, "predict", str(model), "-"], _rows(rows))
    if fed.lines != rows + 1:
        sys.exit(f"{rows} rows and a heading should be {rows + 1} lines, not {fed.lines}")
    return fed


def document(tokens: int, folder: Path) -> Fed:
    """Classify one text."""
    model = _classifier(folder)
    path = folder / "long.txt"
    with path.open("wb") as file:
        file.writelines(line.replace(b".\n", b" ") for line in _words(tokens))
    return feed([*ULMUS, "predict", str(model), str(path)], ())


def fit(tokens: int, folder: Path) -> Fed:
    """Learn from short texts and a long one, with one pass over each."""
    source = folder / "films.csv"
    long = b"".join(line.replace(b".\n", b" ") for line in _words(tokens))
    source.write_bytes(FILM_REVIEWS.encode() + long + b",good\n")
    passes = ["--set", "language_model.epochs=1", "--set", "classifier.epochs=1"]
    command = [*ULMUS, "fit", str(source), "--out", str(folder / "fit"), "--model", "tiny"]
    return feed([*command, *passes], ())


JOBS = {"prepare": prepare, "predict": predict, "document": document, "fit": fit}


def _write(process: "subprocess.Popen[bytes]", lines: Iterable[bytes]) -> None:
    assert process.stdin is not None
    with process.stdin as file:
        file.writelines(lines)


def _classifier(folder: Path) -> Path:
    source, out = folder / "films.csv", folder / "model"
    source.write_text(FILM_REVIEWS, "utf-8")
    sizes = ["--model", "tiny", "--set", "classifier.epochs=1"]
    command = [*ULMUS, "fit", str(source), "--out", str(out), *sizes]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return out


def _rows(count: int) -> Iterator[bytes]:
    words = (word for line in text_lines(float("inf")) for word in line.split())
    for _ in range(count):
        yield b" ".join(islice(words, WORDS_IN_A_ROW)) + b"\n"


def _words(count: int) -> Iterator[bytes]:
    for line in text_lines(float("inf")):
        if count <= 0:
            return
        yield line
        count -= line.count(b" ") + 1


def main() -> None:
    """Run one job and print what it took."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("job", choices=JOBS)
    parser.add_argument("size", type=int, help="megabytes, rows or tokens")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        fed = JOBS[given.job](given.size, Path(folder))
    print(f"{given.job} {given.size:,}: {fed.peak_memory_mb:.0f} MB at most, {fed.seconds:.0f} s")


if __name__ == "__main__":
    main()
