"""Every verb that reads text files on every encoding, line end and size that files have."""

import codecs
import json
from pathlib import Path

import pytest

from tests.cli.conftest import Chain
from tests.cli.films import reviews
from tests.cli.running import done, refused
from tests.cli.test_bad_sources import commands

VERBS = ("prepare", "fit", "predict", "tokenize", "doctor", "evaluate", "finetune", "classifier")
ROWS = [(text.replace(" is ", "\u2028is\x00 "), label) for text, label in reviews(40)]
PLAIN = "text,label\n" + "".join(f"{text},{label}\n" for text, label in ROWS)
SAME = {
    "a mark": codecs.BOM_UTF8 + PLAIN.encode(),
    "UTF-16 LE": codecs.BOM_UTF16_LE + PLAIN.encode("utf-16-le"),
    "UTF-16 BE": codecs.BOM_UTF16_BE + PLAIN.encode("utf-16-be"),
    "mixed line ends": b"".join(
        line + (b"\n", b"\r\n", b"\r")[index % 3]
        for index, line in enumerate(PLAIN.encode().split(b"\n")[:-1])
    ),
}
"""The table in other bytes."""


def command(verb: str, chain: Chain, table: Path, out: Path) -> tuple[object, ...]:
    if verb == "doctor":
        return ("doctor", table, "--label", "label", "--out", out)
    known = commands(chain, table, out)[verb]
    quick = ("--set", "language_model.epochs=1", "--set", "classifier.epochs=1")
    return (
        *known,
        *(quick if verb == "fit" else ()),
        *(("--seed", 1) if verb == "prepare" else ()),
    )


def made(verb: str, chain: Chain, content: bytes, folder: Path) -> object:
    """Return what a verb makes of a table, without what names the file."""
    folder.mkdir()
    table, out = folder / "films.csv", folder / "out"
    table.write_bytes(content)
    said = done(*command(verb, chain, table, out)).out
    if verb in {"fit", "finetune", "classifier"}:
        return json.loads((out / "bundle.json").read_text("utf-8"))["weights_hash"]
    if verb == "prepare":
        return json.loads((out / "corpus.json").read_text("utf-8"))["fingerprint"]
    if verb == "predict":
        return out.read_text("utf-8")
    return said.replace(str(folder), "")


@pytest.mark.slow
@pytest.mark.parametrize("verb", VERBS)
def test_the_same_text_in_other_bytes(verb: str, chain: Chain, tmp_path: Path) -> None:
    expected = made(verb, chain, PLAIN.encode(), tmp_path / "plain")
    for name, content in SAME.items():
        assert made(verb, chain, content, tmp_path / name) == expected, name
    print(f"{verb}: the same from {len(SAME)} other encodings and line ends")


@pytest.mark.parametrize("verb", [verb for verb in VERBS if verb != "tokenize"])
def test_latin_1(verb: str, chain: Chain, tmp_path: Path) -> None:
    content = PLAIN.replace("\u2028", " ").encode("latin-1") + "café,good\n".encode("latin-1")
    table = tmp_path / "films.csv"
    table.write_bytes(content)
    line = refused(tmp_path, *command(verb, chain, table, tmp_path / "out"))
    assert line.startswith(f"not UTF-8: byte 0xE9 at line 42, byte offset {len(content) - 7}: ")
    assert "--encoding latin-1" in line
    done(*command(verb, chain, table, tmp_path / "out"), "--encoding", "latin-1")


@pytest.mark.slow
@pytest.mark.parametrize("verb", VERBS)
def test_a_line_of_50_megabytes(verb: str, chain: Chain, tmp_path: Path) -> None:
    table = tmp_path / "films.csv"
    table.write_text(f"{PLAIN}{'a' * 50_000_000},good\n", "utf-8")
    done(*command(verb, chain, table, tmp_path / "out"))
    print(f"{verb}: a line of 50,000,000 characters")
