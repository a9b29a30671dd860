"""CSV as it is found in the wild, JSON lines, and how values of tables become text."""

import csv
import gzip
import json
import tracemalloc
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ulmus.errors import UlmusWarning
from ulmus.text.columns import Wanted
from ulmus.text.readers import read_table
from ulmus.text.sources import Document, SourceSettings, read_documents

BOTH = SourceSettings(label="label")


def test_every_pair_of_csv_spectrum(data_folder: Path, tmp_path: Path) -> None:
    spectrum = data_folder / "nasty_csv" / "csv-spectrum"
    pairs = sorted((spectrum / "csvs").glob("*.csv"))
    assert len(pairs) >= 11
    for path in pairs:
        expected = json.loads((spectrum / "json" / f"{path.stem}.json").read_text("utf-8"))
        columns = list(expected[0])
        content = path.read_bytes()
        if path.stem.endswith("_crlf"):  # the shared copy has lost its carriage returns
            content = content.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
        copy = tmp_path / path.name
        copy.write_bytes(content)
        rows = read_table(copy, ".csv", Wanted(tuple(columns)))
        assert [dict(zip(columns, row, strict=True)) for row in rows] == expected, path.name


# Without bare \r, which csv.writer does not quote, and the two words that mean a missing value.
cells = st.text(st.characters(exclude_characters="\r", exclude_categories=["Cs"])).filter(
    lambda text: text not in ("nan", "NaN")
)


@given(rows=st.lists(st.tuples(cells, cells), min_size=1), ends=st.sampled_from(["\n", "\r\n"]))
def test_csv_of_any_text_reads_back(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, str]], ends: str
) -> None:
    path = tmp_path_factory.getbasetemp() / "any.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator=ends).writerows([("text", "label"), *rows])
    found = read_documents(path, SourceSettings(text=("text", "label")), keep_missing=True)
    expected = [tuple("" if not cell.strip() else cell for cell in row) for row in rows]
    assert [document.columns for document in found] == expected


def test_blank_lines_between_rows_and_before_the_header_are_no_rows(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("\n\ntext,label\n\na,1\n  \nb,2\n\n", "utf-8")
    assert list(read_documents(path, BOTH)) == [Document(("a",), "1"), Document(("b",), "2")]


def test_a_field_of_megabytes(tmp_path: Path) -> None:
    long = 'say "no" ' * 250_000
    path = tmp_path / "a.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("text",), (long,)])
    assert [d.text for d in read_documents(path, SourceSettings())] == [long]


def test_missing_values_of_csv_are_counted(tmp_path: Path) -> None:
    path = tmp_path / "reviews.csv"
    rows = ["good,1", "NaN,1", "nan,0", '"",0', " \t,1", "None,0", "fine,NaN", "fine,", "Nan,2"]
    path.write_text("\n".join(["text,label", *rows]), "utf-8")
    with pytest.warns(
        UlmusWarning,
        match=r"^skipped 6 of 9 documents of reviews\.csv: 4 without text, 2 without a label$",
    ):
        found = list(read_documents(path, BOTH))
    assert [(d.text, d.label) for d in found] == [("good", "1"), ("None", "0"), ("Nan", "2")]


def test_nothing_is_left_out_for_prediction(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    lines = ['{"text": null}', '{"text": NaN, "label": 1}', "{}", '{"text": "a", "label": " "}']
    path.write_text("\n".join(lines), "utf-8")
    found = list(read_documents(path, BOTH, keep_missing=True))
    assert [(d.text, d.label) for d in found] == [("", None), ("", "1"), ("", None), ("a", None)]


def test_values_of_json_stay_as_they_are_written(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    written = ["1", "1.0", "1.50", "1e5", "true", "false", '"x y"', "-0", "9" * 5000]
    path.write_text("".join(f'{{"text": "t", "label": {v}}}\n' for v in written), "utf-8")
    expected = [*written[:4], "True", "False", "x y", "-0", "9" * 5000]
    assert [d.label for d in read_documents(path, BOTH)] == expected


@pytest.mark.parametrize(
    ("values", "type_", "expected"),
    [
        ([1, 2], pa.int64(), ["1", "2"]),
        ([1.0, 0.5], pa.float64(), ["1.0", "0.5"]),
        ([True, False], pa.bool_(), ["True", "False"]),
        (["a", "b"], pa.dictionary(pa.int8(), pa.string()), ["a", "b"]),
        (["a", "b"], pa.large_string(), ["a", "b"]),
        (["a", "b"], pa.string_view(), ["a", "b"]),
        ([b"a", "ü".encode()], pa.binary(), ["a", "ü"]),
        ([0, 1], pa.date32(), ["1970-01-01", "1970-01-02"]),
    ],
)
def test_values_of_parquet(
    tmp_path: Path, values: list[Any], type_: pa.DataType, expected: list[str]
) -> None:
    path = tmp_path / "a.parquet"
    table = pa.table({"label.x": pa.array(values, type_), "other": [1, 2], "text": ["s", "t"]})
    pq.write_table(table, path)
    found = list(read_documents(path, SourceSettings(label="label.x")))
    assert [d.label for d in found] == expected
    assert [d.text for d in found] == ["s", "t"]


def test_a_column_may_be_text_and_label_at_once(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table({"text": ["s"]}), path)
    assert list(read_documents(path, SourceSettings(label="text"))) == [Document(("s",), "s")]


@pytest.mark.parametrize("suffix", [".csv", ".jsonl", ".txt"])
def test_memory_does_not_grow_with_the_file(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a{suffix}"
    row = "word " * 1000
    line = json.dumps({"text": row}) if suffix == ".jsonl" else row
    path.write_text("text\n" * (suffix == ".csv") + f"{line}\n" * 2000, "utf-8")  # 10 MB
    tracemalloc.start()
    count = sum(1 for _ in read_documents(path, SourceSettings()))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert count == 2000
    assert peak < 2_000_000


@pytest.mark.parametrize("compression", ["", ".gz"])
@pytest.mark.parametrize("group_rows", [500, 10_000])
def test_memory_does_not_grow_with_parquet(
    tmp_path: Path, group_rows: int, compression: str
) -> None:
    random = np.random.default_rng(0)
    texts = [random.bytes(1000).hex() for _ in range(10_000)]  # 20 MB that do not compress well
    path = tmp_path / f"a.parquet{compression}"
    plain = tmp_path / "plain.parquet"
    pq.write_table(pa.table({"text": texts}), plain, row_group_size=group_rows)
    path.write_bytes(gzip.compress(plain.read_bytes(), 1) if compression else plain.read_bytes())
    before = pa.total_allocated_bytes()
    found = read_documents(path, SourceSettings())
    peak = max(pa.total_allocated_bytes() - before for _ in found)
    assert 0 < peak < 8_000_000
