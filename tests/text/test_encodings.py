"""Every reader of text files on every encoding, line end and size that files have."""

import codecs
import csv
import gzip
import io
import json
from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pytest

from ulmus.errors import SourceError, show
from ulmus.text.sources import SourceSettings, read_documents

TEXTS = ["Übung\u2028in ONE line", "NUL \x00 within", "ภาษาไทย\x85𝒳", 'a "quote", and\u2029more']
ENCODED = {
    "utf-8": lambda text: text.encode(),
    "utf-8 with a mark": lambda text: codecs.BOM_UTF8 + text.encode(),
    "utf-16-le with a mark": lambda text: codecs.BOM_UTF16_LE + text.encode("utf-16-le"),
    "utf-16-be with a mark": lambda text: codecs.BOM_UTF16_BE + text.encode("utf-16-be"),
}
NAMES = ["a.txt", "a.csv", "a.tsv", "a.jsonl", "a.txt.gz", "a.csv.zst", "a.jsonl.gz", "a.tsv.gz"]


def content(name: str, texts: Sequence[str], ends: Sequence[str] = ("\n",)) -> str:
    """Return a file of texts whose lines end in each of `ends` in turn."""
    if ".txt" in name:
        lines = list(texts)
    elif ".jsonl" in name:
        lines = [json.dumps({"text": text}, ensure_ascii=False) for text in texts]
    else:
        lines = []
        for row in ("text", *texts):
            written = io.StringIO()
            csv.writer(written, delimiter="\t" if "tsv" in name else ",").writerow([row])
            lines.append(written.getvalue().removesuffix("\r\n"))
    return "".join(line + ends[index % len(ends)] for index, line in enumerate(lines))


def write(path: Path, encoded: bytes) -> Path:
    if path.suffix == ".gz":
        encoded = gzip.compress(encoded, 1)
    elif path.suffix == ".zst":
        encoded = bytes(pa.compress(encoded, codec="zstd", asbytes=True))
    path.write_bytes(encoded)
    return path


def read(path: Path, **settings: str) -> list[str]:
    return [found.text for found in read_documents(path, SourceSettings(**settings))]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("encoding", ENCODED)
@pytest.mark.parametrize("ends", [("\n",), ("\r\n",), ("\r",), ("\n", "\r\n", "\r")])
def test_texts_come_back(name: str, encoding: str, ends: tuple[str, ...], tmp_path: Path) -> None:
    path = write(tmp_path / name, ENCODED[encoding](content(name, TEXTS, ends)))
    assert read(path) == TEXTS


@pytest.mark.parametrize("name", NAMES)
def test_latin_1_is_told_by_its_byte_and_read_when_it_is_named(name: str, tmp_path: Path) -> None:
    texts = ["plain", "Café naïf"]
    encoded = content(name, texts).encode("latin-1")
    path = write(tmp_path / name, encoded)
    line, offset = encoded[: encoded.index(b"\xe9")].count(b"\n") + 1, encoded.index(b"\xe9")
    with pytest.raises(SourceError) as error:
        read(path)
    told = str(error.value)
    assert told.startswith(f"not UTF-8: byte 0xE9 at line {line}, byte offset {offset}")
    assert f"{show(path)}; accepted: " in told
    assert "such as --encoding latin-1" in told
    assert read(path, encoding="latin-1") == texts


@pytest.mark.parametrize("name", [name for name in NAMES if "txt" not in name])
def test_line_ends_within_a_field_stay(name: str, tmp_path: Path) -> None:
    texts = ["a\nb\r\nc\rd", "\ne", "f\r"]
    assert read(write(tmp_path / name, content(name, texts).encode())) == texts


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_a_line_of_50_megabytes(name: str, tmp_path: Path) -> None:
    long = "Übung macht DEN Meister , " * 2_000_000
    assert len(long) > 50_000_000
    path = write(tmp_path / name, content(name, ["before", long, "behind"]).encode())
    assert read(path) == ["before", long, "behind"]
    print(f"{name}: a line of {len(long):,} characters")
