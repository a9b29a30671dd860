"""`ulmus prepare` on 74 MB of English novels, into words and into subwords: seconds and memory.

Memory is that of all its processes together, looked at ten times a second. Of fastai there is
nothing to compare with: its speed a process is in english_tokenization.py.

    python benchmarks/novels_preparation.py [--quick]
"""

import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from harness.process_memory import Watched, watch
from harness.results import Result
from harness.script import Options, run_script
from harness.spread import spread

TOKENIZERS = {"words": "words:en", "subwords": "subwords"}


def measure(options: Options) -> Iterator[Result]:
    with tempfile.TemporaryDirectory() as folder:
        source = _source(options, Path(folder))
        megabytes = sum(path.stat().st_size for path in source.iterdir()) / 1e6
        workers = str(min(2, os.cpu_count() or 1))
        for kind, tokenizer in TOKENIZERS.items():
            command = [sys.executable, "-m", "ulmus", "prepare", str(source)]
            command += ["--out", str(Path(folder) / kind)]
            command += ["--tokenizer", tokenizer, "--workers", workers]
            watched = [watch(command) for _ in range(options.round_count(3, 1))]
            yield from _rows(kind, watched, f"{megabytes:.0f} MB, {workers} workers")


def _source(options: Options, folder: Path) -> Path:
    """Return the folder of all novels, or one of a few."""
    whole = options.data / "en_novels_pd" / "corpus"
    if not options.quick:
        return whole
    few = folder / "few"
    few.mkdir()
    for path in sorted(whole.glob("*.txt"))[::6]:
        (few / path.name).symlink_to(path)
    return few


def _rows(kind: str, watched: list[Watched], note: str) -> Iterator[Result]:
    seconds = spread([run.seconds for run in watched])
    key, note = f"novels_{kind}", f"{note}, {seconds.low:.1f}-{seconds.high:.1f} s"
    yield Result(key, ulmus=seconds.median, value=seconds.median, note=note)
    peaks = [run.peak_memory_mb for run in watched if run.peak_memory_mb is not None]
    if not peaks:
        yield Result(f"{key}_memory", not_run="needs /proc, which only Linux has")
        return
    yield Result(f"{key}_memory", ulmus=max(peaks), value=max(peaks), ulmus_memory_mb=max(peaks))


if __name__ == "__main__":
    run_script("novels_preparation", measure)
