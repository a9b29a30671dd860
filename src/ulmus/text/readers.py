"""One reader for each file format: texts of .txt files, rows of the chosen columns of tables."""

import csv
import json
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import chain
from typing import IO, Literal

from ulmus.errors import SourceError
from ulmus.text.columns import Row, Wanted, column_positions, missing_column, text_row
from ulmus.text.decompression import (
    bomb,
    byte_blocks,
    compression_of,
    damaged,
    most_bytes,
    text_blocks,
    text_lines,
    unreadable,
)
from ulmus.text.frames import BATCH_ROWS, batch_rows
from ulmus.text.remote_paths import RemotePath, SourcePath

Unit = Literal["line", "paragraph", "file"]
LARGEST_FIELD = 2**31 - 1  # characters; the most that csv takes on every system
MISSING_IN_CSV = ("NaN", "nan")  # what numpy and pandas write
# By default all that was read stays in memory: measured, 500 MB at the end of a file of 500 MB.
BOUNDED = {"pre_buffer": False, "buffer_size": 1 << 20}
SEPARATORS = {".csv": ",", ".tsv": "\t"}


def read_texts(path: SourcePath, unit: Unit, encoding: str | None = None) -> Iterator[str]:
    """Yield the documents of a .txt file or of standard input.

    Args:
        path: The file, or `-`.
        unit: What a document is: a line; a paragraph, that is, the lines between two blank
            ones; or the whole file.
        encoding: See `text_blocks`.

    Raises:
        SourceError: The file cannot be read or is not of the encoding.
    """
    if unit == "file":
        yield "".join(text_blocks(path, translate=True, encoding=encoding))
    elif unit == "line":
        for line in text_lines(path, translate=True, encoding=encoding):
            yield line.removesuffix("\n")
    else:
        yield from _paragraphs(path, encoding)


def read_table(
    path: SourcePath, suffix: str, columns: Wanted, encoding: str | None = None
) -> Iterator[Row]:
    """Yield the rows of a table file, reduced to the chosen columns.

    Args:
        path: The file.
        suffix: `.csv`, `.tsv`, `.jsonl` or `.parquet`.
        columns: The columns.
        encoding: See `text_blocks`; Parquet brings its own.

    Raises:
        SourceError: The file cannot be read, is damaged, or lacks a column.
    """
    if suffix == ".jsonl":
        return _read_jsonl(path, columns, encoding)
    if suffix == ".parquet":
        return _read_parquet(path, columns)
    records = _records(text_lines(path, translate=False, encoding=encoding), path, suffix)
    return _read_separated(records, columns.names, path)


def _paragraphs(path: SourcePath, encoding: str | None) -> Iterator[str]:
    lines: list[str] = []
    for line in text_lines(path, translate=True, encoding=encoding):
        if not line.isspace():
            lines.append(line)
        elif lines:
            yield "".join(lines).removesuffix("\n")
            lines.clear()
    if lines:
        yield "".join(lines).removesuffix("\n")


def _read_separated(
    records: Iterator[tuple[int, list[str]]], columns: Sequence[str], path: SourcePath
) -> Iterator[Row]:
    _, header = next(records, (0, []))
    if not header:
        return
    positions = column_positions(header, columns, path)
    width = len(header)
    for line, record in records:
        if len(record) == width:
            values = [record[position] for position in positions]
            yield tuple([None if value in MISSING_IN_CSV else value for value in values])
        elif "".join(record).strip() or len(record) > 1:
            raise SourceError(
                f"line {line}: {len(record)} fields where the header has {width}",
                given=path,
                accepted="the same number of fields in every row",
                remedy='Mend the row; a field that holds the separator goes between "quotes"',
            )


def _records(file: Iterable[str], path: SourcePath, suffix: str) -> Iterator[tuple[int, list[str]]]:
    """Yield the records that are not blank, each with the number of the line it begins on."""
    # The limit is one for the whole process and guards against nothing here: a field of 50 MB
    # may well be a document.
    csv.field_size_limit(LARGEST_FIELD)
    ended = False

    def end() -> Iterator[str]:
        nonlocal ended
        ended = True
        yield from ()

    records = csv.reader(chain(file, end()), delimiter=SEPARATORS[suffix])
    begins = 1
    try:
        for record in records:
            # The reader asks past the last line within a record only inside of quotes.
            if ended:
                raise _unclosed_quote(path, begins)
            if record:
                yield begins, record
            begins = records.line_num + 1
    except csv.Error as error:
        raise SourceError(
            f"line {records.line_num}: {error}",
            given=path,
            accepted='fields between separators, with "quotes" where they hold one',
            remedy="Mend the line",
        ) from None


def _unclosed_quote(path: SourcePath, line: int) -> SourceError:
    return SourceError(
        f"a quote in the row that begins on line {line} is never closed",
        given=path,
        accepted='fields between "quotes", with "" for a quote inside of them',
        remedy="Close the quote, or double it where it belongs to the text",
    )


def _read_jsonl(path: SourcePath, columns: Wanted, encoding: str | None) -> Iterator[Row]:
    seen: dict[str, None] = {}
    absent = set(columns.names)
    # Numbers stay as they are written: 1.50 is the label "1.50".
    decoder = json.JSONDecoder(parse_float=str, parse_int=str)
    record = None
    lines = text_lines(path, translate=True, encoding=encoding)
    for number, line in enumerate(lines, start=1):
        if line.isspace():
            continue
        record = _parse(decoder, line, path, number)
        if absent:
            absent -= record.keys()
            seen |= dict.fromkeys(record)
        values = (record.get(name) for name in columns.names)
        yield text_row(values, columns, given=path, place=f"line {number}")
    # A line may lack a column, as many writers leave out what is null; the whole file may not.
    if absent and record is not None:
        raise missing_column(min(absent, key=columns.names.index), list(seen), path)


def _parse(
    decoder: json.JSONDecoder, line: str, path: SourcePath, number: int
) -> dict[str, object]:
    try:
        record = decoder.decode(line)
    except (ValueError, RecursionError) as error:
        problem = error.msg if isinstance(error, json.JSONDecodeError) else type(error).__name__
        raise SourceError(
            f"line {number} is not valid JSON ({problem})",
            given=path,
            accepted="one whole JSON object on each line",
            remedy="Mend the line",
        ) from None
    if isinstance(record, dict):
        return record
    raise SourceError(
        f"line {number} holds JSON, but no object",
        given=path,
        accepted='one JSON object on each line, such as {"text": "…"}',
        remedy="Write an object with named values on each line",
    )


def _read_parquet(path: SourcePath, columns: Wanted) -> Iterator[Row]:
    import pyarrow as pa  # here, because --help has no time for it
    import pyarrow.parquet as pq

    try:
        with _seekable(path) as content, pq.ParquetFile(content, **BOUNDED) as file:
            column_positions(file.schema_arrow.names, columns.names, path)
            row, left = 1, most_bytes(path)
            for batch in file.iter_batches(BATCH_ROWS, columns=list(dict.fromkeys(columns.names))):
                if batch.nbytes > left:  # a value that is written once may stand in every row
                    raise bomb(path)
                for values in batch_rows(batch, columns, given=path, first=row):
                    left -= sum(map(len, filter(None, values)))
                    if left < 0:
                        raise bomb(path)
                    yield values
                row += batch.num_rows
    except (pa.ArrowException, UnicodeDecodeError, OSError) as error:  # Unicode: a column's name
        if isinstance(error, OSError) and error.errno is not None:
            raise unreadable(path, error) from None
        raise damaged(path, error) from None


@contextmanager
def _seekable(path: SourcePath) -> Iterator[IO[bytes]]:
    """Open a file whose end can be read first, as Parquet needs; decompress it if it must be."""
    if compression_of(path) is None:
        with path.open_seekable() if isinstance(path, RemotePath) else path.open("rb") as file:
            yield file
        return
    with tempfile.TemporaryFile() as content:
        for block in byte_blocks(path):
            content.write(block)
        content.seek(0)
        yield content
