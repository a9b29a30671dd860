"""The local engine: chunks through worker processes of this machine and back in order.

The start method is always `spawn`, which exists on every system and never copies a process
with running threads. The window of submitted chunks is bounded, and so is memory.
"""

import multiprocessing
import os
import pickle
import signal
import threading
import warnings
from collections import deque
from collections.abc import Generator, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass

from ulmus.corpus.chunks import (
    CHUNK_CHARACTERS,
    Chunk,
    Splitter,
    TokenizedChunk,
    cut_chunks,
    tokenize_chunk,
)
from ulmus.errors import CorpusError, SettingsError, UlmusWarning
from ulmus.text.sources import Document

CHUNKS_AHEAD = 2  # for each worker: one being tokenized, one waiting


class _Process:
    """What one worker process holds: its splitter, unpickled once when it starts."""

    splitter: Splitter


@dataclass(frozen=True)
class LocalEngine:
    """Tokenizes in this process, or in processes of this machine.

    Args:
        workers: The number of worker processes; 0 tokenizes in this process.
        chunk_characters: How much text is tokenized at once.
    """

    workers: int = 0
    chunk_characters: int = CHUNK_CHARACTERS

    def tokenize(
        self, documents: Iterable[tuple[str, Document]], splitter: Splitter
    ) -> Generator[TokenizedChunk, None, None]:
        """Tokenize documents in order; see `Engine`."""
        chunks = cut_chunks(documents, self.chunk_characters)
        return tokenize_in_order(chunks, splitter, workers=self.workers)


def tokenize_in_order(
    chunks: Iterable[Chunk], splitter: Splitter, *, workers: int
) -> Generator[TokenizedChunk, None, None]:
    """Tokenize chunks, in this process or in workers; the order and the results are the same.

    Args:
        chunks: The chunks, read as they are needed.
        splitter: Turns the columns of a document into tokens.
        workers: The number of worker processes; 0 tokenizes in this process.

    Yields:
        The tokens of each chunk.

    Raises:
        SettingsError: The number of workers is negative.
        CorpusError: A worker process died.
    """
    if workers < 0:
        raise SettingsError(
            "an impossible number of workers", workers, "0 or more", "Take --workers 0"
        )
    payload = _pickled(splitter) if workers else None
    if payload is not None:
        yield from _in_processes(chunks, payload, workers)
        return
    for chunk in chunks:
        yield tokenize_chunk(splitter, chunk)


def _pickled(splitter: Splitter) -> bytes | None:
    try:
        return pickle.dumps(splitter)
    except (pickle.PicklingError, AttributeError, TypeError) as error:
        warnings.warn(
            f"the tokenizer cannot be sent to worker processes ({error}); tokenizing in this "
            "process. A function at the top of a module can be sent, a lambda cannot.",
            UlmusWarning,
            stacklevel=2,
        )
        return None


def _in_processes(
    chunks: Iterable[Chunk], payload: bytes, workers: int
) -> Iterator[TokenizedChunk]:
    pool = ProcessPoolExecutor(
        max_workers=workers,
        mp_context=multiprocessing.get_context("spawn"),
        initializer=_start_process,
        initargs=(payload,),
    )
    try:
        yield from _windowed(pool, chunks, workers * CHUNKS_AHEAD)
    except BrokenProcessPool:
        raise CorpusError(
            "a worker process died while tokenizing",
            given=f"{workers} workers",
            accepted="a tokenizer that runs in processes of its own, and memory for each",
            remedy="Take --workers 0; a script that starts workers needs the line "
            "if __name__ == '__main__':",
        ) from None
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _windowed(
    pool: ProcessPoolExecutor, chunks: Iterable[Chunk], window: int
) -> Iterator[TokenizedChunk]:
    pending: deque[Future[TokenizedChunk]] = deque()
    for chunk in chunks:
        with _interrupts_held_back():  # the pool starts its processes as work comes in
            pending.append(pool.submit(_tokenize_here, chunk))
        if len(pending) >= window:
            yield pending.popleft().result()
    for waiting in pending:
        yield waiting.result()


@contextmanager
def _interrupts_held_back() -> Iterator[None]:
    # Ctrl-C reaches every process of a terminal, but the parent alone decides what follows. A
    # process inherits the mask, so that it is deaf from its start, while it still imports.
    if not hasattr(signal, "pthread_sigmask"):  # Windows
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _start_process(payload: bytes) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_the_parent, daemon=True).start()
    _Process.splitter = pickle.loads(payload)
    _Process.splitter.load_alone()


def _end_with_the_parent() -> None:
    # One that is killed cannot end its processes, and they would wait for work for ever.
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _tokenize_here(chunk: Chunk) -> TokenizedChunk:
    return tokenize_chunk(_Process.splitter, chunk)
