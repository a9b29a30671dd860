"""Frames of pandas, polars and Arrow, series and arrays."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from ulmus.errors import SourceError, UlmusWarning
from ulmus.text.frames import BATCH_ROWS
from ulmus.text.sources import (
    Document,
    SourceSettings,
    describe_source,
    read_documents,
    source_fingerprint,
)

SETTINGS = SourceSettings(text=("title", "body"), label="label")
COLUMNS: dict[str, list[Any]] = {
    "label": ["x", "y", "x"],
    "body": ["one", "สอง", None],
    "other": [[1], [2], [3]],
    "title": ["a", None, "c"],
}
EXPECTED = [
    Document(("a", "one"), "x"),
    Document(("", "สอง"), "y"),
    Document(("c", ""), "x"),
]
FRAMES = {
    "a pandas DataFrame": pd.DataFrame(COLUMNS, index=[5, 5, 7]),
    "a polars DataFrame": pl.DataFrame(COLUMNS),
    "a pyarrow Table": pa.table(COLUMNS),
    "a pyarrow RecordBatch": pa.record_batch(COLUMNS),
}


@pytest.mark.parametrize("name", FRAMES)
def test_frames_of_every_kind(name: str) -> None:
    frame = FRAMES[name]
    assert list(read_documents(frame, SETTINGS)) == EXPECTED
    assert list(read_documents(frame, SETTINGS)) == EXPECTED
    assert describe_source(frame) == name


def test_frames_of_one_content_have_one_fingerprint() -> None:
    assert len({source_fingerprint(frame, SETTINGS) for frame in FRAMES.values()}) == 1
    less = pl.DataFrame(COLUMNS).head(2)
    assert source_fingerprint(less, SETTINGS) != source_fingerprint(pa.table(COLUMNS), SETTINGS)


@pytest.mark.parametrize("name", FRAMES)
def test_a_frame_without_the_column(name: str) -> None:
    with pytest.raises(SourceError) as error:
        list(read_documents(FRAMES[name], SourceSettings(label="class")))
    assert str(error.value) == (
        f"no column 'text': '{name[2:]}'; accepted: the columns there are: 'label', 'body', "
        "'other', 'title'. Name the columns with --text and --label."
    )


@pytest.mark.parametrize("name", FRAMES)
def test_a_frame_whose_column_is_no_text(name: str) -> None:
    match = r"row 1, column 'other': the value is no text but list; .* accepted: strings"
    with pytest.raises(SourceError, match=match.replace("; .*", ".*;")):
        list(read_documents(FRAMES[name], SourceSettings(text=("body", "other"))))


@pytest.mark.parametrize("name", FRAMES)
def test_a_frame_without_rows(name: str) -> None:
    frame = FRAMES[name]
    empty = frame.iloc[:0] if "pandas" in name else frame[:0]
    with pytest.raises(SourceError, match=f"no document: '{name}'"):
        list(read_documents(empty, SETTINGS))


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        (pd.Series([1, 0]), ["1", "0"]),
        (pd.Series([1.0, 0.5]), ["1.0", "0.5"]),
        (pd.Series([True, False]), ["True", "False"]),
        (pd.Series(["b", "a"], dtype="category"), ["b", "a"]),
        (pd.Series([3, 1], dtype="category"), ["3", "1"]),
        (pd.Series(["b", "a"], dtype="string[pyarrow]"), ["b", "a"]),
        (pd.Series([1, "a"], dtype=object), ["1", "a"]),
        (pd.Series([np.float32(0.5), np.int8(1)], dtype=object), ["0.5", "1"]),
        (pl.Series([1, 0], dtype=pl.UInt8), ["1", "0"]),
        (pl.Series([True, False]), ["True", "False"]),
        (pl.Series(["b", "a"], dtype=pl.Categorical), ["b", "a"]),
        (pl.Series(["b", "a"], dtype=pl.Enum(["a", "b"])), ["b", "a"]),
    ],
)
def test_labels_become_strings(labels: Any, expected: list[str]) -> None:
    library = pl if isinstance(labels, pl.Series) else pd
    frame = library.DataFrame({"text": ["s", "t"], "label": labels})
    found = read_documents(frame, SourceSettings(label="label"))
    assert [document.label for document in found] == expected


@pytest.mark.parametrize(
    "missing", [None, float("nan"), pd.NA, pd.NaT, "", "  ", np.float32("nan")]
)
def test_what_pandas_calls_missing_is_left_out(missing: object) -> None:
    frame = pd.DataFrame({"text": pd.Series(["s", missing, 5, "nan"], dtype=object)})
    with pytest.warns(UlmusWarning, match="skipped 1 of 4 documents of a pandas DataFrame: 1 w"):
        found = list(read_documents(frame, SourceSettings()))
    assert [document.text for document in found] == ["s", "5", "nan"]


def test_columns_of_pandas_may_be_numbers_but_not_twice() -> None:
    frame = pd.DataFrame([["s", "x", "y"]], columns=[0, 1, 1])
    assert list(read_documents(frame, SourceSettings(text=("0",)))) == [Document(("s",), None)]
    with pytest.raises(SourceError, match="2 columns are named '1': 'pandas DataFrame'"):
        list(read_documents(frame, SourceSettings(text=("1",))))


@pytest.mark.parametrize(
    "column",
    [
        pd.Series(["one", None, "two"]),
        pl.Series(["one", None, "two"]),
        pa.chunked_array([["one"], [None, "two"]]),
        pa.array(["one", None, "two"]),
        np.array(["one", "", "two"]),
        np.array(["one", None, "two"], dtype=object),
    ],
)
def test_a_single_column_is_a_list_of_texts(column: Any) -> None:
    with pytest.warns(UlmusWarning, match="skipped 1 of 3 documents of a list of 3 texts: 1 w"):
        found = list(read_documents(column, SourceSettings(label="label")))
    assert found == [Document(("one",), None), Document(("two",), None)]


@pytest.mark.parametrize("kind", [pd.DataFrame, pl.DataFrame, pa.table])
def test_rows_beyond_one_batch_keep_their_order_and_number(kind: Any) -> None:
    texts = [f"text {i}" for i in range(2 * BATCH_ROWS + 3)]
    found = list(read_documents(kind({"text": texts}), SourceSettings()))
    assert [document.text for document in found] == texts
    values = [b"a"] * (BATCH_ROWS + 6) + [b"\xff"]
    match = rf"row {BATCH_ROWS + 7}, column 'text': the value is no text but bytes"
    with pytest.raises(SourceError, match=match):
        list(read_documents(kind({"text": values}), SourceSettings()))


def test_a_stream_with_a_column_whose_name_is_not_utf8() -> None:
    table = pa.table({"text": ["s"], "other": ["o"]})
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as stream:
        stream.write_table(table)
    content = sink.getvalue().to_pybytes().replace(b"other", b"ot\xff\xffr")
    with pytest.raises(SourceError, match=r"cannot be read through Arrow .*codec can't decode"):
        list(read_documents(pa.ipc.open_stream(content), SourceSettings()))


@pytest.mark.parametrize("place", [-1, 2])
def test_a_value_that_stands_at_no_place_of_its_dictionary(place: int) -> None:
    indices = pa.array([0, None, place], pa.int32())
    column = pa.DictionaryArray.from_arrays(indices, pa.array(["a", "b"]), safe=False)
    with pytest.raises(SourceError, match=rf"through Arrow \(Index {place} out of bounds\): 'pya"):
        list(read_documents(pa.table({"text": column}), SourceSettings()))


def test_a_frame_that_arrow_cannot_carry() -> None:
    def batches() -> Iterator[pa.RecordBatch]:
        yield pa.record_batch({"text": ["s"]})
        raise OSError("the line is cut")

    reader = pa.RecordBatchReader.from_batches(pa.schema([("text", pa.string())]), batches())
    found = read_documents(reader, SourceSettings())
    assert next(found).text == "s"
    match = (
        r"the frame cannot be read through Arrow \(.*the line is cut.*\): 'pyarrow Reco.*Keep only"
    )
    with pytest.raises(SourceError, match=match):
        next(found)


def test_text_in_arrow_that_is_not_utf8() -> None:
    raw = pa.array([b"fine", b"caf\xe9"], pa.binary())
    broken = pa.Array.from_buffers(pa.string(), 2, raw.buffers())
    with pytest.raises(SourceError, match="row 2 holds text that is not UTF-8: 'pyarrow Table'"):
        list(read_documents(pa.table({"text": broken}), SourceSettings()))


@pytest.mark.parametrize("source", [5, {"text": ["a"]}, b"text", iter(["a"]), {"a"}, None])
def test_what_is_no_source(source: Any) -> None:
    match = rf"not a source of text: '{type(source).__name__}'; accepted: a path.*list\(\.\.\.\)"
    with pytest.raises(SourceError, match=match):
        read_documents(source, SourceSettings())


def test_importing_sources_imports_no_heavy_library() -> None:
    code = (
        "import sys, ulmus.text.sources\n"
        "heavy = {'torch', 'pandas', 'polars', 'pyarrow'} & set(sys.modules)\n"
        "sys.exit(f'imported {heavy}' if heavy else 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ([0, 2**30], pa.date32()),
        ([0, 2**62], pa.timestamp("us")),
        ([0, -(2**62)], pa.duration("s")),
    ],
)
def test_a_date_beyond_all_calendars(values: list[int], kind: Any, tmp_path: Path) -> None:
    numbers = pa.array(values, pa.int32() if kind == pa.date32() else pa.int64())
    table = pa.table({"text": numbers.cast(kind)})
    told = r"row 2 holds a value beyond all bounds \(.+\): .* dates of the years 1 to 9999\."
    with pytest.raises(SourceError, match=told):
        list(read_documents(table, SourceSettings()))
    pq.write_table(table, tmp_path / "a.parquet")
    with pytest.raises(SourceError, match=told):
        list(read_documents(tmp_path / "a.parquet", SourceSettings()))
