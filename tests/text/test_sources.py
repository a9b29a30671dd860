"""Documents of every file format, of lists and of standard input, by value."""

import gzip
import io
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from ulmus.errors import SettingsError, SourceError, UlmusWarning
from ulmus.settings import resolve
from ulmus.text.sources import Document, SourceSettings, describe_source, read_documents

LABELLED = SourceSettings(text=("review",), label="sentiment")
EXPECTED = [
    Document(("ดีมาก, really\n\nGREAT 😀",), "pos"),
    Document(("Straße \u2028 and \x0c feed",), "neg"),
]
TABLE = [
    {"id": i, "review": row.columns[0], "sentiment": row.label} for i, row in enumerate(EXPECTED)
]
CSV = 'id,review,sentiment\n0,"ดีมาก, really\n\nGREAT 😀",pos\n1,Straße \u2028 and \x0c feed,neg\n'
JSONL = (
    '{"review": "ดีมาก, really\\n\\nGREAT \\ud83d\\ude00", "sentiment": "pos"}\n\n'
    '{"sentiment": "neg", "review": "Straße \u2028 and \\f feed", "extra": [1]}\n'
)


def parquet_bytes(rows: list[dict[str, object]]) -> bytes:
    sink = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(rows), sink, row_group_size=1)
    return sink.getvalue()


def compress(content: bytes, suffix: str) -> bytes:
    if suffix == ".gz":
        half = len(content) // 2  # two members, as `cat a.gz b.gz` gives
        return gzip.compress(content[:half]) + gzip.compress(content[half:])
    return bytes(pa.compress(content, codec="zstd", asbytes=True)) if suffix else content


def texts_of(path: Path, **settings: object) -> list[str]:
    return [document.text for document in read_documents(path, SourceSettings(**settings))]


@pytest.mark.parametrize("compression", ["", ".gz", ".zst", ".GZ"])
@pytest.mark.parametrize(
    ("suffix", "content"),
    [
        (".csv", CSV.encode()),
        (".CSV", b"\xef\xbb\xbf" + CSV.encode()),
        (".tsv", CSV.replace(",", "\t").replace("ก\t", "ก,").encode()),
        (".jsonl", JSONL.encode()),
        (".jsonl", b"\xef\xbb\xbf" + JSONL.replace("\n", "\r\n").encode()),
        (".parquet", parquet_bytes(TABLE)),
    ],
)
def test_tables(tmp_path: Path, suffix: str, content: bytes, compression: str) -> None:
    path = tmp_path / f"reviews.v1{suffix}{compression}"
    path.write_bytes(compress(content, compression.lower()))
    assert list(read_documents(path, LABELLED)) == EXPECTED
    assert [d.label for d in read_documents(str(path), LABELLED.with_(label=None))] == [None, None]


def test_several_text_columns_come_in_the_order_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("body,x,title\nlong,1,short\n,2,alone\n", "utf-8")
    documents = list(read_documents(path, SourceSettings(text=("title", "body"))))
    assert documents == [Document(("short", "long"), None), Document(("alone", ""), None)]
    assert documents[0].text == "short\nlong"


@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r"])
def test_plain_text_by_line_paragraph_and_file(tmp_path: Path, ends: str) -> None:
    path = tmp_path / "a.txt"
    text = " one\ntwo\u2028\x85x\n\n \t\n\nthree\nfour"
    path.write_bytes(b"\xef\xbb\xbf" + text.replace("\n", ends).encode())
    with pytest.warns(UlmusWarning, match="skipped 3 of 7 documents of a.txt: 3 without text"):
        assert texts_of(path) == [" one", "two\u2028\x85x", "three", "four"]
    assert texts_of(path, document="paragraph") == [" one\ntwo\u2028\x85x", "three\nfour"]
    assert texts_of(path, document="file") == [text]


def test_a_final_newline_ends_the_last_line_and_begins_none(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(b"one\r\ntwo\r\n")
    assert texts_of(path) == ["one", "two"]
    assert texts_of(path, document="paragraph") == ["one\ntwo"]


def test_lines_that_cross_blocks_are_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = ["", "é😀" * 7, "x", "ก" * 50, "\u2028"]
    path = tmp_path / "a.txt"
    for ends in ("\n", "\r\n"):
        path.write_bytes("".join(line + ends for line in lines).encode())
        for size in range(1, 12):
            monkeypatch.setattr("ulmus.text.decompression.BLOCK_BYTES", size)
            documents = read_documents(path, SourceSettings(), keep_missing=True)
            assert [d.text for d in documents] == ["", *lines[1:4], ""]


@pytest.mark.parametrize("name", ["-", Path("-")])
def test_standard_input(monkeypatch: pytest.MonkeyPatch, name: str | Path) -> None:
    content = io.BytesIO("\ufeffeins\r\nzwei ü".encode())
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(content, encoding="ascii"))
    documents = list(read_documents(name, SourceSettings()))
    assert documents == [Document(("eins",), None), Document(("zwei ü",), None)]
    assert not content.closed
    assert describe_source(name) == "standard input"


def test_a_list_of_strings_is_texts_and_one_of_paths_is_files(tmp_path: Path) -> None:
    first, second = tmp_path / "b.txt", tmp_path / "a.jsonl"
    first.write_text("one\ntwo\n", "utf-8")
    second.write_text('{"text": "three"}\n', "utf-8")
    settings = SourceSettings()
    assert [d.text for d in read_documents([first, second], settings)] == ["one", "two", "three"]
    assert [d.text for d in read_documents((str(first),), settings)] == [str(first)]
    assert describe_source([first, second]) == "b.txt, a.jsonl"
    assert describe_source([first] * 5) == "b.txt, b.txt, b.txt and 2 more"
    assert describe_source(["one", "two"]) == "a list of 2 texts"


def test_documents_pass_through_and_strings_have_no_labels() -> None:
    given = [Document(("a", "b"), "x"), Document(("c",), None), Document((" ",), "x")]
    unlabelled = SourceSettings()
    with pytest.warns(UlmusWarning, match="skipped 1 of 3 documents of a list of 3 texts: 1 wit"):
        assert list(read_documents(given, unlabelled)) == given[:2]
    with pytest.warns(UlmusWarning, match="skipped 2 of 3 .*: 1 without text, 1 without a label"):
        assert list(read_documents(given, LABELLED)) == given[:1]
    assert list(read_documents(["a"], LABELLED)) == [Document(("a",), None)]


def test_lone_surrogates_become_replacement_characters(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text('{"text": "a\\ud83d b \\ud83d\\ude00"}\n', "ascii")
    assert texts_of(path) == ["a\ufffd b 😀"]
    joined = list(read_documents(["\ud83d\ude00 \udcff"], SourceSettings()))
    assert joined == [Document(("😀 \ufffd",), None)]


def test_a_path_is_described_without_its_folders(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "in").mkdir()
    monkeypatch.chdir(tmp_path / "in")
    assert describe_source("/far/away/reviews.csv.gz") == "reviews.csv.gz"
    assert describe_source(".") == "in"
    assert describe_source("..") == tmp_path.name


def test_text_may_be_given_as_one_name_but_not_as_none() -> None:
    assert resolve(SourceSettings, overrides=["text=review"]).text == ("review",)
    with pytest.raises(SettingsError, match=r"text = .*at least 1 item"):
        resolve(SourceSettings, values={"text": []})
    with pytest.raises(SettingsError, match=r"document = 'word'.*'line', 'paragraph' or 'file'"):
        resolve(SourceSettings, values={"document": "word"})


def test_paths_are_checked_before_the_first_document_is_taken(tmp_path: Path) -> None:
    present = tmp_path / "a.txt"
    present.write_text("a", "utf-8")
    with pytest.raises(SourceError, match=r"no such file or folder: '.*b\.txt'"):
        read_documents([present, tmp_path / "b.txt"], SourceSettings())
