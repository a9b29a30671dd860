"""Bytes that are not UTF-8, told by place, and files that are damaged or may not be read."""

import gzip
import io
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from ulmus.errors import SourceError, show
from ulmus.text import decompression
from ulmus.text.sources import SourceSettings, read_documents, source_fingerprint

SETTINGS = SourceSettings()


def zstd(content: bytes) -> bytes:
    return bytes(pa.compress(content, codec="zstd", asbytes=True))


def parquet(rows: int = 5000) -> bytes:
    sink = io.BytesIO()
    pq.write_table(pa.table({"text": [f"text {i}" for i in range(rows)]}), sink)
    return sink.getvalue()


def error_of(source: str | Path, settings: SourceSettings = SETTINGS) -> str:
    with pytest.raises(SourceError) as error:
        list(read_documents(source, settings))
    return str(error.value)


@pytest.mark.parametrize("name", ["a.txt", "a.csv", "a.tsv", "a.jsonl"])
def test_a_byte_that_is_not_utf8(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    line = b'{"text": "%s"}' if name.endswith("jsonl") else b"%s"
    content = b"\n".join([b"\xef\xbb\xbf", line % "ü".encode(), b"", line % b"caf\xe9"])
    if "sv" in name:
        content = content.replace(b"\n", b"text\n", 1)
    path.write_bytes(content)
    number, offset = content.count(b"\n") + 1, content.index(b"\xe9")
    assert error_of(path) == (
        f"not UTF-8: byte 0xE9 at line {number}, byte offset {offset}: {show(path)}; accepted: "
        "text in UTF-8, in UTF-16 with a byte order mark, or in what --encoding names. Name its "
        "encoding, such as --encoding latin-1, or convert the file to UTF-8."
    )


@pytest.mark.parametrize(("suffix", "compress"), [(".gz", gzip.compress), (".zst", zstd)])
@pytest.mark.parametrize("unit", ["line", "paragraph", "file"])
def test_the_place_in_a_compressed_file_is_that_in_its_text(
    tmp_path: Path, suffix: str, compress: Callable[[bytes], bytes], unit: Any
) -> None:
    path = tmp_path / f"a.txt{suffix}"
    path.write_bytes(compress("é\r\n".encode() * 100_000 + b"\r\nab\xff\r\n"))
    place = "byte 0xFF at line 100002, byte offset 400004 of the decompressed text: "
    assert f"{place}{show(path)}" in error_of(path, SourceSettings(document=unit))


@pytest.mark.parametrize("size", range(1, 9))
@pytest.mark.parametrize(
    ("content", "line", "offset"),
    [
        (b"\xef\xbb\xbfab\ncd\xc3\n\n\n", 2, 8),
        (b"a\xf0\x9f\x98", 1, 1),
        ("ab\ncdé\n".encode() + b"\r\n\xff\n", 4, 10),
    ],
)
def test_the_place_is_right_wherever_the_blocks_end(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    size: int,
    content: bytes,
    line: int,
    offset: int,
) -> None:
    monkeypatch.setattr("ulmus.text.decompression.BLOCK_BYTES", size)
    path = tmp_path / "a.txt"
    path.write_bytes(content)
    byte = f"0x{content[offset]:02X}"
    assert f"not UTF-8: byte {byte} at line {line}, byte offset {offset}: " in error_of(path)


@pytest.mark.parametrize("mark", ["utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("name", ["a.csv", "a.jsonl", "a.txt", "a.tsv.gz"])
@pytest.mark.parametrize("size", [1, 3, 1 << 16])
def test_utf16_is_recognised_by_its_mark(
    mark: str, name: str, size: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ulmus.text.decompression.BLOCK_BYTES", size)
    texts = ["Übung", "ภาษาไทย", "𝒳 and a \u2028 within"]
    lines = [json.dumps({"text": text}) for text in texts] if "json" in name else texts
    table = "sv" in name
    content = "\r\n".join([*(["text"] if table else []), *lines, ""])
    encoded = f"{'' if mark == 'utf-16' else chr(0xFEFF)}{content}".encode(mark)
    (tmp_path / name).write_bytes(gzip.compress(encoded) if name.endswith("gz") else encoded)
    assert texts_of(tmp_path / name) == texts


def texts_of(path: Path, **settings: Any) -> list[str]:
    return [d.text for d in read_documents(path, SourceSettings(**settings))]


@pytest.mark.parametrize("encoding", ["latin-1", "cp1252", "shift_jis", "utf-16-le"])
def test_an_encoding_that_is_named(encoding: str, tmp_path: Path) -> None:
    text = "日本語" if encoding == "shift_jis" else "Café – naïf" if encoding == "cp1252" else "é"
    (tmp_path / "a.csv").write_bytes(f"text\n{text}\n".encode(encoding))
    assert texts_of(tmp_path / "a.csv", encoding=encoding) == [text]


@pytest.mark.parametrize("name", ["a.txt", "a.csv", "a.jsonl"])
@pytest.mark.parametrize(
    ("encoding", "text"),  # a pair, and either half
    [
        ("utf-7", "a+2D3eAA- b+2D0- c+3gA-"),
        ("raw_unicode_escape", r"a\ud83d\ude00 b\ud83d c\ude00"),
    ],
)
def test_halves_of_surrogate_pairs_that_an_encoding_lets_through(
    encoding: str, text: str, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = "{}" if name == "a.txt" else '{{"text": "{}"}}' if name == "a.jsonl" else "text\n{}"
    monkeypatch.setattr(decompression, "BLOCK_BYTES", 1)  # the pair lies in two blocks
    (tmp_path / name).write_bytes(row.format(text).encode())
    assert texts_of(tmp_path / name, encoding=encoding) == ["a\U0001f600 b\ufffd c\ufffd"]


def test_a_byte_that_is_not_of_the_encoding_that_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(b"ab\ncaf\xe9\n")
    settings = SourceSettings(encoding="ascii")
    told = "not ascii: byte 0xE9 at line 2, byte offset 6: "
    assert error_of(tmp_path / "a.txt", settings).startswith(told)
    (tmp_path / "b.txt").write_bytes(b"\xff\xfea\0b")
    assert error_of(tmp_path / "b.txt").startswith("not UTF-16: byte 0x62 at line 1, byte offset 4")


@pytest.mark.parametrize(
    ("encoding", "problem"),
    [
        ("utf-16", "UTF-16: UTF-16 stream does not start with BOM"),
        ("punycode", "punycode: Invalid extended code point ' '"),
    ],
)
@pytest.mark.parametrize("name", ["a.txt", "a.csv", "a.jsonl", "a.tsv.gz"])
def test_an_encoding_that_fails_without_naming_a_byte(
    encoding: str, problem: str, name: str, tmp_path: Path
) -> None:
    content = b"ab cd -ef gh\n" * 3
    (tmp_path / name).write_bytes(gzip.compress(content) if name.endswith("gz") else content)
    told = error_of(tmp_path / name, SourceSettings(encoding=encoding))
    # From Python 3.13 on they name it.
    named = f"not {problem.partition(':')[0]}: byte 0x"
    assert told.startswith(named if sys.version_info >= (3, 13) else f"not {problem}")
    assert show(tmp_path / name) in told


@pytest.mark.parametrize("name", ["klingon", "base64", ""])
def test_an_encoding_that_is_none(name: str) -> None:
    with pytest.raises(ValueError, match="an encoding that Python knows, such as latin-1"):
        SourceSettings(encoding=name)


def test_standard_input_that_is_not_utf8(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"a\nb\xe9"), encoding="utf-8"))
    assert "not UTF-8: byte 0xE9 at line 2, byte offset 3: 'standard input';" in error_of("-")


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.txt.gz", gzip.compress(b"text\n" * 1000, mtime=0)[:-4]),
        ("a.csv.gz", gzip.compress(b"text\n" * 1000, mtime=0)[:-8] + b"\0" * 8),
        ("a.jsonl.gz", b"no gzip"),
        ("a.txt.zst", zstd(b"text\n" * 1000)[:-4]),
        ("a.txt.zst", b"no zstd"),
        ("a.parquet", b""),
        ("a.parquet", b"no parquet"),
        ("a.parquet", parquet()[:-100]),
        ("a.parquet", parquet()[:100] + b"\0" * 1000 + parquet()[1100:]),
        ("a.parquet", parquet().replace(b"\4text", b"\4te\xff\xff")),  # a column's name
        ("a.parquet.gz", gzip.compress(parquet()[:-100], mtime=0)),
        ("a.parquet.zst", zstd(parquet())[:-10]),
    ],
)
def test_a_damaged_file(tmp_path: Path, name: str, content: bytes) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    message = error_of(path)
    assert message.startswith("the file is damaged (")
    assert message.endswith(
        f"): {show(path)}; accepted: a whole {path.suffix} file. Fetch or write the file again."
    )
    assert "\n" not in message


@pytest.mark.parametrize(("suffix", "compress"), [(".gz", gzip.compress), (".zst", zstd)])
@pytest.mark.parametrize("name", ["a.txt", "a.csv", "a.parquet"])
def test_a_decompression_bomb(
    name: str,
    suffix: str,
    compress: Callable[[bytes], bytes],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("ulmus.text.decompression.LEAST_SUSPECT", 1 << 20)
    path = tmp_path / f"{name}{suffix}"
    path.write_bytes(compress(b"0" * (3 << 20)))
    told = f"the file grows to more than 200 times its size when it is decompressed: {show(path)}"
    assert error_of(path).startswith(told)
    monkeypatch.setattr("ulmus.text.decompression.LEAST_SUSPECT", 4 << 20)
    if name == "a.txt":
        assert texts_of(path) == ["0" * (3 << 20)]


def test_a_file_that_may_not_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> NoReturn:
        raise PermissionError(13, "Permission denied")

    paths = [tmp_path / name for name in ("a.txt", "a.csv.gz", "a.parquet")]
    for path in paths:
        path.write_bytes(b"x")
    monkeypatch.setattr(Path, "open", refuse)
    for path in paths:
        assert error_of(path) == (
            f"cannot read the source (Permission denied): {show(path)}; accepted: a file or folder "
            "that you may read. Check the path and its permissions."
        )
        with pytest.raises(SourceError, match=r"cannot read the source \(Permission denied\)"):
            source_fingerprint(path, SETTINGS)


def test_a_folder_that_may_not_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> NoReturn:
        raise PermissionError(13, "Permission denied")

    (tmp_path / "a.txt").write_bytes(b"x")
    monkeypatch.setattr(Path, "iterdir", refuse)
    assert f"cannot read the source (Permission denied): {show(tmp_path)}" in error_of(tmp_path)
    monkeypatch.setattr(Path, "stat", refuse)
    assert f"cannot read the source (Permission denied): {show(tmp_path)}" in error_of(tmp_path)


def test_a_link_to_nothing(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    try:
        path.symlink_to(tmp_path / "gone")
    except OSError as error:
        pytest.skip(f"links cannot be made here: {error}")
    assert f"no such file or folder: {show(path)}" in error_of(path)
    assert f"cannot read the source (No such file or directory): {show(path)}" in error_of(tmp_path)


def test_a_parquet_file_that_says_one_value_in_each_row(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ulmus.text.decompression.LEAST_SUSPECT", 1 << 20)
    rows = pa.DictionaryArray.from_arrays(pa.array([0] * 3000, pa.int32()), ["0" * 1000])
    pq.write_table(pa.table({"text": rows}), tmp_path / "a.parquet", compression="zstd")
    assert (tmp_path / "a.parquet").stat().st_size < 10_000
    assert error_of(tmp_path / "a.parquet").startswith("the file grows to more than 200 times its")
    monkeypatch.setattr("ulmus.text.decompression.LEAST_SUSPECT", 1 << 22)
    assert texts_of(tmp_path / "a.parquet") == ["0" * 1000] * 3000
