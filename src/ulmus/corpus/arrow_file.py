"""One split as an Arrow IPC file: writing it in blocks, and mapping it without a copy."""

from collections.abc import Iterator
from contextlib import contextmanager
from mmap import ACCESS_READ, mmap
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from ulmus.corpus.layout import IdType, TargetForm, TokenIds, damaged
from ulmus.files import check_is_file

IDS, LABEL = "ids", "label"


class MappedDocuments(NamedTuple):
    """A memory-mapped file and where its documents lie.

    Attributes:
        ids: The whole file seen as integers; what lies between `starts` and `ends` are ids.
        starts: For each document the index of its first id in `ids`.
        ends: For each document the index behind its last id.
        targets: For each document its target, see `Split`; None without labels.
    """

    ids: TokenIds
    starts: NDArray[np.int64]
    ends: NDArray[np.int64]
    targets: NDArray[Any] | None


class ArrowWriter:
    """Appends documents to an open Arrow file.

    Args:
        stream: An open pyarrow RecordBatchFileWriter.
        schema: Its schema.
    """

    def __init__(self, stream: Any, schema: Any) -> None:
        self._stream = stream
        self._schema = schema

    def append(
        self, ids: TokenIds, lengths: NDArray[np.int64], targets: NDArray[Any] | None
    ) -> None:
        """Append one record batch.

        Args:
            ids: The documents' ids, joined.
            lengths: The documents' numbers of ids.
            targets: The documents' targets, where the file has labels.
        """
        offsets = np.zeros(lengths.size + 1, np.int32)
        np.cumsum(lengths, out=offsets[1:])
        columns = [pa.ListArray.from_arrays(pa.array(offsets), pa.array(ids))]
        if targets is not None:
            columns.append(_target_column(targets, self._schema.field(LABEL).type))
        self._stream.write_batch(pa.record_batch(columns, schema=self._schema))


@contextmanager
def open_writer(path: Path, kind: IdType, form: TargetForm | None) -> Iterator[ArrowWriter]:
    """Create an Arrow file of documents.

    Args:
        path: The file.
        kind: The integer type of the ids.
        form: What the label column holds; None for none.

    Yields:
        What documents are appended to.
    """
    schema = _schema(kind, form)
    # Opened here and not by Arrow, which takes every path for UTF-8, whatever the locale.
    with path.open("wb") as file, pa.ipc.new_file(file, schema) as stream:
        yield ArrowWriter(stream, schema)


def map_documents(path: Path, kind: IdType, form: TargetForm | None) -> MappedDocuments:
    """Map an Arrow file of documents into memory.

    Nothing is read but the offsets and labels. All record batches are seen through one flat
    array, so that documents of any of them are gathered by one index expression.

    Args:
        path: The file.
        kind: The integer type that the ids must have.
        form: What the label column must hold; None for none.

    Returns:
        The ids and where each document lies.

    Raises:
        CorpusError: The file is missing, damaged, or of another layout.
    """
    try:
        check_is_file(path)
        with path.open("rb") as file:
            buffer = pa.py_buffer(mmap(file.fileno(), 0, access=ACCESS_READ))
        reader = pa.ipc.open_file(pa.BufferReader(buffer))
        if not reader.schema.equals(_schema(kind, form)):
            raise damaged(path, "it has other columns than the manifest says")
        batches = [reader.get_batch(i) for i in range(reader.num_record_batches)]
        for batch in batches:
            batch.validate()  # lengths against what there is, of no value
    except (pa.ArrowException, OSError, ValueError) as error:  # of an empty one: ValueError
        raise damaged(path, f"it is no whole Arrow file: {error}") from None
    size = np.dtype(kind).itemsize
    spans = [_spans(path, batch.column(0), buffer, size) for batch in batches]
    borders = np.concatenate([np.zeros((2, 0), np.int64), *spans], axis=1)
    return MappedDocuments(
        ids=np.frombuffer(buffer, kind, count=buffer.size // size),
        starts=borders[0],
        ends=borders[1],
        targets=None if form is None else _targets(batches, form),
    )


def _schema(kind: IdType, form: TargetForm | None) -> Any:
    fields = [pa.field(IDS, pa.list_(pa.from_numpy_dtype(kind)))]
    if form is not None:
        fields.append(pa.field(LABEL, _target_type(form)))
    return pa.schema(fields)


def _target_type(form: TargetForm) -> Any:
    if form.kind == "tags":
        return pa.list_(pa.bool_(), form.label_count)
    return pa.int32() if form.kind == "class" else pa.float64()


def _target_column(targets: NDArray[Any], type_: Any) -> Any:
    if targets.ndim == 1:
        return pa.array(targets)
    return pa.FixedSizeListArray.from_arrays(pa.array(targets.reshape(-1)), type=type_)


def _spans(path: Path, column: Any, file: Any, size: int) -> NDArray[np.int64]:
    offsets = column.offsets.to_numpy().astype(np.int64)
    values = column.values
    if column.null_count or offsets[0] < 0 or offsets[-1] > len(values) or _falls(offsets):
        raise damaged(path, "its documents' offsets are wrong")
    first = 0
    if offsets[-1] > 0:  # a batch of empty documents may have no values at all
        first = values.buffers()[1].address + values.offset * size - file.address
    if first % size or not 0 <= first + size * int(offsets[-1]) <= file.size:
        raise damaged(path, "its ids are compressed or out of line")
    return first // size + np.stack([offsets[:-1], offsets[1:]])


def _falls(offsets: NDArray[np.int64]) -> bool:
    return bool((np.diff(offsets) < 0).any())


def _targets(batches: list[Any], form: TargetForm) -> NDArray[Any]:
    columns = [batch.column(1) for batch in batches]
    if form.kind == "tags":
        rows = [column.flatten().to_numpy(zero_copy_only=False) for column in columns]
        flat = np.concatenate([np.zeros(0, bool), *rows])
        return flat.reshape(-1, form.label_count)
    kind = np.int64 if form.kind == "class" else np.float64
    parts = [column.to_numpy(zero_copy_only=False) for column in columns]
    return np.concatenate([np.zeros(0, kind), *parts]).astype(kind)
