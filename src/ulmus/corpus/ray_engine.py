"""The engine for more text than one machine tokenizes: pieces through actors of Ray Data."""

import pickle
import warnings
from collections import defaultdict
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Any, NamedTuple

from ulmus.corpus.chunks import (
    CHUNK_CHARACTERS,
    Chunk,
    Splitter,
    TokenizedChunk,
    cut_chunks,
    tokenize_chunk,
)
from ulmus.corpus.ray_session import RaySession, ray_session
from ulmus.corpus.source_parts import FilePiece, SourcePart, SourceParts
from ulmus.errors import CorpusError, UlmusError
from ulmus.text.sources import Document, check_usable
from ulmus.text.usable import UsableCounts

PIECE, RESULT = "piece", "result"
BLOCK_BYTES = 1 << 24
RESTARTS = 5
"""Of one worker. Calls are repeated until it has restarted: a lost node uses up many."""


class _Read(NamedTuple):
    """A piece has been read to its end."""

    part: int
    counts: UsableCounts


@dataclass(frozen=True)
class RayEngine:
    """Tokenizes in actors of Ray, which read files themselves.

    A worker that dies is started anew, on another machine if its own is gone, and reads its piece
    again.

    Args:
        workers: The number of worker processes; 0 takes one for each processor of the cluster.
        address: See `ray_session`.
        chunk_characters: How much text is tokenized at once.
    """

    workers: int = 0
    address: str | None = None
    chunk_characters: int = CHUNK_CHARACTERS

    def tokenize(
        self, documents: Iterable[tuple[str, Document]], splitter: Splitter
    ) -> Generator[TokenizedChunk, None, None]:
        """Tokenize documents in order; see `Engine`.

        Raises:
            SourceError: A source cannot be read, or nothing of it is usable.
            CorpusError: Ray cannot be reached, or a piece's workers died again and again.
            MissingExtraError: Ray is not installed.
        """
        pieces: list[FilePiece] | list[Chunk]
        parts: Sequence[SourcePart] = ()
        if isinstance(documents, SourceParts) and documents.in_files():
            pieces, parts = list(documents.pieces()), documents.parts
        else:
            pieces = list(cut_chunks(documents, self.chunk_characters))
        counts: defaultdict[int, UsableCounts] = defaultdict(UsableCounts)
        with (
            ray_session(self.address, self.workers) as session,
            closing(self._results(pieces, splitter, session)) as results,
        ):
            for result in results:
                if isinstance(result, UlmusError):
                    raise result
                if isinstance(result, _Read):
                    counts[result.part] = counts[result.part].plus(result.counts)
                else:
                    yield result
        for number, part in enumerate(parts):
            check_usable(counts[number], part.source)

    def _results(
        self, pieces: list[FilePiece] | list[Chunk], splitter: Splitter, session: RaySession
    ) -> Generator[TokenizedChunk | _Read | UlmusError, None, None]:
        if not pieces:
            return
        ray, workers = session.ray, min(session.workers, len(pieces))
        rows = [{PIECE: pickle.dumps(piece)} for piece in pieces]
        dataset = ray.data.from_items(rows, override_num_blocks=len(rows))
        context = dataset.context
        context.execution_options.preserve_order = True
        context.target_max_block_size = BLOCK_BYTES
        context.enable_progress_bars = False
        context.print_on_execution_start = False
        with warnings.catch_warnings():
            # The number of restarts will be given in another way from Ray 2.64 on.
            warnings.simplefilter("ignore")
            tokenized = dataset.map_batches(
                _Worker,
                fn_constructor_args=(ray.cloudpickle.dumps(splitter), self.chunk_characters),
                batch_size=1,
                compute=ray.data.ActorPoolStrategy(size=workers, max_tasks_in_flight_per_actor=1),
                num_cpus=1,
                ray_remote_args_fn=_restarted,
            )
        try:
            blocks = tokenized.iter_batches(
                batch_size=None, batch_format="pyarrow", prefetch_batches=1
            )
            for block in blocks:
                for row in block.column(RESULT):
                    yield pickle.loads(row.as_buffer())
        except ray.exceptions.RayError as error:
            raise CorpusError(
                f"a worker of Ray failed ({error})",
                given=f"{workers} workers",
                accepted="a tokenizer that runs in processes of its own, and memory for each",
                remedy="Look into Ray's logs, or take --engine local",
            ) from error


def _restarted() -> dict[str, Any]:
    return {"max_restarts": RESTARTS, "max_task_retries": -1}


class _Worker:
    """What one actor holds: its splitter, unpickled when it is first needed."""

    def __init__(self, payload: bytes, chunk_characters: int) -> None:
        self._payload = payload
        self._chunk_characters = chunk_characters
        self._splitter: Splitter | None = None

    def __call__(self, batch: dict[str, Any]) -> Iterator[dict[str, list[bytes]]]:
        """Yield the results of pieces, in order; a user's mistake is one of them.

        So the mistake that comes first in the sources is told, whichever is found first.
        """
        for payload in batch[PIECE]:
            for result in self._results(pickle.loads(payload)):
                yield {RESULT: [pickle.dumps(result)]}

    def _results(self, piece: FilePiece | Chunk) -> Iterator[TokenizedChunk | _Read | UlmusError]:
        try:
            if self._splitter is None:
                self._splitter = pickle.loads(self._payload)
                self._splitter.load_alone()
            if isinstance(piece, Chunk):
                yield tokenize_chunk(self._splitter, piece)
                return
            for chunk in piece.chunks(self._chunk_characters):
                yield tokenize_chunk(self._splitter, chunk)
            yield _Read(piece.part, piece.counts)
        except UlmusError as error:
            yield error
