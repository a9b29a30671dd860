"""What reads text: source files of all kinds, rules, tokenizers, and the way back."""

import csv
import gzip
import io
import json
from contextlib import suppress
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from pydantic import ValidationError

from tests.fuzzing.choices import PIECES, Choices
from tests.fuzzing.damage import HOSTILE, damaged_bytes
from ulmus.errors import MissingExtraError
from ulmus.text.processor import TextProcessor
from ulmus.text.rules import RULE_SETS
from ulmus.text.sources import SourceSettings, read_documents, source_fingerprint

ENCODINGS = (
    *(None, "utf-8", "utf-8-sig", "latin-1", "cp1252", "ascii", "utf-16", "utf-16-le", "utf-32"),
    *("utf-7", "shift_jis", "gb18030", "iso2022_jp", "hz", "big5", "cp037", "tis-620", "mbcs"),
    *(
        "idna",
        "punycode",
        "unicode_escape",
        "raw_unicode_escape",
        "undefined",
        "rot13",
        "hex",
        "\0",
    ),
)
NUMBERS = (0, -1, 2**31, 2**62, -(2**63))


def read_sources(choices: Choices, folder: Path) -> None:
    """Read a file of any format and compression, whole or damaged, with any settings."""
    suffix = choices.one_of([".csv", ".jsonl", ".txt", ".tsv", ".parquet"])
    content = _table(choices, suffix)
    if choices.below(2):
        content = damaged_bytes(choices, content)
    compression = choices.one_of(["", "", ".gz", ".zst"])
    if compression == ".gz":
        content = gzip.compress(content, 1, mtime=0)
    elif compression == ".zst":
        content = bytes(pa.compress(content, codec="zstd", asbytes=True))
    if compression and choices.rarely():
        content = damaged_bytes(choices, content)
    path = folder / f"a{suffix}{compression}"
    path.write_bytes(content)
    given: dict[str, Any] = {
        "text": choices.one_of([("text",), ("text", "label"), ("text", "text"), ("\ud800", "")]),
        "label": choices.one_of([None, "label", "text"]),
        "target": choices.one_of(["class", "tags", "number"]),
        "separator": choices.one_of([";", ",", "a"]),
        "document": choices.one_of([None, "line", "paragraph", "file"]),
        "encoding": choices.one_of(ENCODINGS) if choices.below(2) else None,
    }
    try:
        settings = SourceSettings(**given)
    except ValidationError:
        return
    source = folder if choices.rarely() else path
    for document in read_documents(source, settings):
        document.text.encode("utf-8")
    source_fingerprint(source, settings)


def _table(choices: Choices, suffix: str) -> bytes:
    rows = [(choices.text(), choices.text()) for _ in range(choices.below(6))]
    encoding = choices.one_of(["utf-8", "utf-8", "utf-8-sig", "utf-16", "latin-1"])
    if suffix == ".parquet":
        return _parquet(choices)
    if suffix == ".txt":
        text = choices.one_of(["\n", "\r", "\r\n"]).join(row[0] for row in rows)
    elif suffix == ".jsonl":
        lines = [
            f'{{"text": {choices.one_of(HOSTILE)}, "label": {json.dumps(row[1])}}}'
            if choices.below(2)
            else json.dumps(dict(zip(("text", "label"), row, strict=True)))
            for row in rows
        ]
        text = "\n".join(lines)
    else:
        written = io.StringIO()
        writer = csv.writer(written, delimiter="\t" if suffix == ".tsv" else ",")
        writer.writerow(("text", "label"))
        writer.writerows(rows)
        text = written.getvalue()
    return text.encode(encoding, "replace")


def _parquet(choices: Choices) -> bytes:
    columns = {name: _column(choices) for name in ("text", "label")}
    sink = io.BytesIO()
    codec = choices.one_of(["none", "snappy", "zstd"])
    try:
        pq.write_table(pa.table(columns), sink, compression=codec, store_schema=choices.rarely())
    except pa.ArrowException:  # a type that Parquet has not
        return b""
    return sink.getvalue()


def _column(choices: Choices) -> Any:
    numbers = pa.array([choices.one_of(NUMBERS), choices.below(1 << 40), None], pa.int64())
    units = [pa.timestamp("s"), pa.timestamp("ns"), pa.timestamp("us", "UTC"), pa.date64()]
    units += [pa.duration("s"), pa.duration("ns"), pa.timestamp("ms", "Nowhere/City")]
    texts = [choices.text().encode("utf-8", "replace").decode(), "b", None]
    kinds = [
        lambda: pa.array(texts),
        lambda: numbers.cast(choices.one_of(units), safe=False),
        lambda: pa.array([choices.below(1 << 32) - (1 << 31), 0, None], pa.int32()).cast(
            pa.date32()
        ),
        lambda: pa.array([choices.take(9), b"", None], pa.binary()),
        lambda: pa.array(texts).dictionary_encode(),
        lambda: pa.array([[texts[0]], [], None]),
        lambda: pa.array([{"a": 1}, {"a": None}, None]),
        lambda: pa.array([Decimal("1.50"), None, Decimal(-1)]),
        lambda: pa.array([float("nan"), 1e300, None]),
        lambda: pa.nulls(3),
        lambda: pa.array([True, False, None]),
        lambda: pa.array([[("a", 1)], [], None], pa.map_(pa.string(), pa.int64())),
    ]
    return choices.one_of(kinds)()


PROCESSORS = (
    *(
        ("words:en", "fastai"),
        ("words:en", "unicode"),
        ("words:xx", "none"),
        ("words:de", "fastai"),
    ),
    *(("characters", "none"), ("characters", "fastai"), ("words:th", "thai2fit")),
    *(("subwords:200", "fastai"), ("subwords:200:bpe:space=<_>", "unicode")),
    *(("words:vi", "fastai"), ("words:zh", "fastai"), ("words:ja", "fastai")),
)


@cache
def processors() -> list[TextProcessor]:
    """Return a processor of each tokenizer whose packages are installed."""
    texts = [piece for piece in PIECES if len(piece) < 400] * 3
    made = []
    for tokenizer, rules in PROCESSORS:
        with suppress(MissingExtraError):
            made.append(TextProcessor.build(texts, tokenizer=tokenizer, rules=rules))
    return made


def apply_rules(choices: Choices, _folder: Path) -> None:
    """Apply each rule set to a text, and undo it."""
    rules = RULE_SETS[choices.one_of(sorted(RULE_SETS))]
    text = _any_text(choices).encode("utf-8", "replace").decode()
    rules.apply(text).encode("utf-8")
    tokens = rules.finish(text.split(" "))
    rules.restore("".join(rules.begin_decoding(tokens))).encode("utf-8")


def tokenize(choices: Choices, _folder: Path) -> None:
    """Turn a text into tokens, ids and a text again; ids in any order as well."""
    processor = choices.one_of(processors())
    size = len(processor.vocabulary)
    ids = [choices.below(size) for _ in range(choices.below(12))]
    text = _any_text(choices)
    tokens = processor.tokens(text)
    assert tokens[0] == "xxbos"
    assert all(tokens)
    found = processor.encode(text)
    assert len(found) == len(tokens)
    assert 0 <= found.min() <= found.max() < size
    processor.decode(found).encode("utf-8")
    processor.decode(ids).encode("utf-8")
    numbered = processor.splitter.numbered([text, ("a", text)])
    assert numbered.tokens is not None


def _any_text(choices: Choices) -> str:
    return choices.text() + choices.rest().decode("utf-8", "surrogateescape")
