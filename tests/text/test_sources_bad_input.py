"""What a user can get wrong with a source, and the one line that tells it."""

import gzip
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from ulmus.errors import SourceError, show
from ulmus.text import readers
from ulmus.text.sources import SourceSettings, read_documents

LABELLED = SourceSettings(label="label")


def error_of(source: Any, settings: SourceSettings = LABELLED, *, keep: bool = False) -> str:
    with pytest.raises(SourceError) as error:
        list(read_documents(source, settings, keep_missing=keep))
    line = str(error.value)
    assert "\n" not in line
    return line


def file(folder: Path, name: str, content: bytes | str) -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def test_a_missing_file(tmp_path: Path) -> None:
    path = tmp_path / "reviews.csv"
    assert error_of(path) == (
        f"no such file or folder: {show(path)}; accepted: the path of a file or folder, or - for "
        "standard input. Check the path; texts themselves are given as a list."
    )
    below_a_file = file(tmp_path, "a.txt", "a") / "b.txt"
    for source in (below_a_file, "nul\0byte"):
        assert "no such file or folder" in error_of(source)


def test_a_text_where_a_path_is_asked_for() -> None:
    assert "no such file or folder: 'I liked it'" in error_of("I liked it")
    assert "no such file or folder: 'I liked it, " in error_of("I liked it, " * 500)
    assert error_of("") == (
        "an empty path; accepted: the path of a file or folder, or - for standard input. "
        "Name the source; '.' is the current folder."
    )


@pytest.mark.parametrize("name", ["a.xlsx", "a", "a.json", "a.gz", "a.csv.bz2", ".txt"])
def test_an_unknown_kind_of_file(tmp_path: Path, name: str) -> None:
    path = file(tmp_path, name, "x")
    assert error_of(path) == (
        f"unknown kind of file: {show(path)}; accepted: .txt .csv .tsv .jsonl .parquet, each plain "
        "or with .gz or .zst. Convert the file, or give it the suffix of what it is."
    )


@pytest.mark.parametrize("keep", [False, True])
@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.txt", ""),
        ("a.txt", "\ufeff"),
        ("a.csv", ""),
        ("a.csv", "\n\n"),
        ("a.csv", "text,label\n"),
        ("a.tsv", "label\ttext"),
        ("a.jsonl", "\n  \n"),
        ("a.csv.gz", b""),
        ("a.csv.gz", gzip.compress(b"", mtime=0)),
        ("a.csv.zst", b""),
    ],
)
def test_a_file_without_any_document(
    tmp_path: Path, name: str, content: str | bytes, keep: bool
) -> None:
    path = file(tmp_path, name, content)
    settings = SourceSettings() if name == "a.txt" else LABELLED
    assert error_of(path, settings, keep=keep) == (
        f"no document: {show(path)}; accepted: at least one document with text, and a label where "
        "labels are asked for. Check that the source is not empty, and the names after --text "
        "and --label."
    )


def test_an_empty_list() -> None:
    assert error_of([]).startswith("no document: 'a list of 0 texts'")


def test_a_source_whose_documents_are_all_missing(tmp_path: Path) -> None:
    path = file(tmp_path, "a.csv", "text,label\n,x\nnan,y\nfine,\n")
    start = (
        f"no usable document among 3 (2 without text, 1 without a label): {show(path)}; accepted"
    )
    assert error_of(path).startswith(start)
    assert error_of(["", None]).startswith("no usable document among 2 (2 without text): 'a list")


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.csv", "id,review,label\n1,s,x\n"),
        ("a.jsonl", '{"id": 1, "review": "s"}\n{"id": 2, "label": "x"}'),
        ("a.parquet", ["id", "review", "label"]),
    ],
)
def test_a_missing_column(tmp_path: Path, name: str, content: Any) -> None:
    path = tmp_path / name
    if isinstance(content, list):
        pq.write_table(pa.table({column: ["s"] for column in content}), path)
    else:
        path.write_text(content, "utf-8")
    assert error_of(path) == (
        f"no column 'text': {show(path)}; accepted: the columns there are: 'id', 'review', "
        "'label'. Name the columns with --text and --label."
    )


def test_a_missing_column_among_many(tmp_path: Path) -> None:
    path = file(tmp_path, "a.csv", ",".join(f"c{i}" for i in range(300)))
    assert "'c18', 'c19' and 280 more. Name the" in error_of(path)


def test_a_missing_column_beside_one_with_an_endless_name(tmp_path: Path) -> None:
    path = file(tmp_path, "a.csv", "c" * 5_000 + ",other")
    assert f"there are: '{'c' * 158}…, 'other'. Name the" in error_of(path)


def test_two_columns_of_the_name_asked_for(tmp_path: Path) -> None:
    path = file(tmp_path, "a.csv", "text,label,text,id,id\ns,x,t,1,2\n")
    assert error_of(path) == (
        f"2 columns are named 'text': {show(path)}; accepted: one column of each name that is "
        "asked for. Rename all but one of them."
    )
    assert [d.text for d in read_documents(path, SourceSettings(text=("label",)))] == ["x"]


@pytest.mark.parametrize(
    ("row", "found"), [("b", 1), ("b,x,", 3), ('"b,x"', 1), ("b\tx", 1), (",,", 3)]
)
def test_a_row_of_another_length(tmp_path: Path, row: str, found: int) -> None:
    path = file(tmp_path, "a.csv", f'text,label\n"a\na",x\n{row}\nc,y\n')
    assert error_of(path) == (
        f"line 4: {found} fields where the header has 2: {show(path)}; accepted: the same number "
        "of fields in every row. Mend the row; a field that holds the separator goes between "
        '"quotes".'
    )


@pytest.mark.parametrize("suffix", [".csv", ".tsv"])
@pytest.mark.parametrize("end", ['x,"b\nc,y\n', '"b,x\nc,y', '"\n\n\n', 'b,"'])
def test_a_quote_that_is_never_closed(tmp_path: Path, end: str, suffix: str) -> None:
    text = f'text,label\n"a\na",x\n{end}'.replace(",", "\t" if suffix == ".tsv" else ",")
    path = file(tmp_path, f"a{suffix}", text)
    assert error_of(path) == (
        f"a quote in the row that begins on line 4 is never closed: {show(path)}; accepted: fields "
        'between "quotes", with "" for a quote inside of them. Close the quote, or double it '
        "where it belongs to the text."
    )


def test_a_quote_in_the_header_that_is_never_closed(tmp_path: Path) -> None:
    path = file(tmp_path, "a.csv", '"text,label\na,x\n')
    assert "a quote in the row that begins on line 1 is never closed" in error_of(path)


def test_a_field_longer_than_csv_can_take(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = file(tmp_path, "a.csv", f"text,label\n{'a' * 200},x\n")
    monkeypatch.setattr(readers, "LARGEST_FIELD", 100)
    assert error_of(path).startswith(
        f"line 2: field larger than field limit (100): {show(path)}; acc"
    )


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ('{"text": "a"', "Expecting ',' delimiter"),
        ("text", "Expecting value"),
        ('{"text": "a"} {"text": "b"}', "Extra data"),
        ('{"text": "a\tb"}', "Invalid control character at"),
        ("[" * 100_000, "RecursionError"),
    ],
)
def test_a_line_that_is_no_json(tmp_path: Path, line: str, problem: str) -> None:
    path = file(tmp_path, "a.jsonl", f'{{"text": "s", "label": "x"}}\n\n{line}\n')
    assert error_of(path) == (
        f"line 3 is not valid JSON ({problem}): {show(path)}; accepted: one whole JSON object on "
        "each line. Mend the line."
    )


@pytest.mark.parametrize("line", ['["a"]', '"a"', "1", "null"])
def test_a_line_that_is_no_object(tmp_path: Path, line: str) -> None:
    path = file(tmp_path, "a.jsonl", line)
    assert error_of(path) == (
        f"line 1 holds JSON, but no object: {show(path)}; accepted: one JSON object on each "
        'line, such as {"text": "…"}. Write an object with named values on each line.'
    )


@pytest.mark.parametrize(("value", "kind"), [('["a"]', "list"), ('{"de": "a"}', "dict")])
def test_a_value_that_is_no_text(tmp_path: Path, value: str, kind: str) -> None:
    path = file(tmp_path, "a.jsonl", f'\n{{"text": {value}, "label": 1}}')
    assert error_of(path) == (
        f"line 2, column 'text': the value is no text but {kind}: {show(path)}; accepted: strings "
        "in UTF-8, numbers, dates and truth values. Turn the column into strings, or name another "
        "with --text and --label; for a label column of lists take --target tags."
    )


def test_a_list_with_something_else_in_it() -> None:
    assert error_of(["a.txt", Path("b.txt")]) == (
        f"item 2 of the list is no text but {type(Path()).__name__}; accepted: a list of strings "
        "or Documents, or a list of nothing but Paths. Give texts as strings, and files as Paths."
    )
    assert error_of([["a", "b"]]).startswith("item 1 of the list is no text but list")
    assert error_of([b"caf\xe9"]).startswith("item 1 of the list is no text but bytes")


def test_labels_asked_of_plain_text(tmp_path: Path) -> None:
    path = file(tmp_path, "a.txt", "a\n")
    assert error_of(path) == (
        f"plain text has no label column: {show(path)}; accepted: labels from a table, or from the "
        "folders that .txt files lie in. Leave out --label, or name a table or a folder."
    )
