"""Pickles are read by a machine that cannot call; Python's own pickles are the reference."""

import os
import pickle
import pickletools
import struct
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.interop.foreign_files import L, pickled
from ulmus.errors import BundleError
from ulmus.interop.restricted_pickle import MOST_BYTES, pickled_strings, read_pickle

TEXTS = ["xxunk", "ช้าง", "กำ", "a\nb", "", "🐘", "x" * 300, "▁xxbos", "\udc80"]
PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.lists(inner).map(tuple),
    max_leaves=30,
)


def read(content: bytes, tmp_path: Path) -> Any:
    path = tmp_path / "vocab.pkl"
    path.write_bytes(content)
    return read_pickle(path)


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
@given(value=PLAIN)
def test_plain_values_of_every_protocol(
    value: Any, protocol: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.getbasetemp()
    assert read(pickled(value, protocol), folder) == value


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_strings_of_every_script(protocol: int, tmp_path: Path) -> None:
    value = [TEXTS, tuple(TEXTS), *TEXTS * 300]
    assert read(pickled(value, protocol), tmp_path) == value


@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
def test_what_fastcore_pickles(protocol: int, tmp_path: Path) -> None:
    pair = L([["xxunk", "a"], L(["neg", "pos"])])
    assert read(pickled(pair, protocol), tmp_path) == [["xxunk", "a"], ["neg", "pos"]]


def test_an_object_that_stands_twice_is_one(tmp_path: Path) -> None:
    names = L(["a", "b"])
    first, second = read(pickled([names, names]), tmp_path)
    assert first is second
    assert first == ["a", "b"]


class Calls:
    def __init__(self, *calls: Any) -> None:
        self.calls = calls

    def __reduce__(self) -> Any:
        return self.calls


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_a_call_is_refused_by_name_and_not_made(protocol: int, tmp_path: Path) -> None:
    trap = tmp_path / "called"
    content = pickled(["a", Calls(os.mkdir, (str(trap),))], protocol)
    with pytest.raises(BundleError, match=r"asks for something that is never loaded: '\w+\.mkdir'"):
        read(content, tmp_path)
    assert not trap.exists()


@pytest.mark.parametrize(
    ("value", "name"),
    [
        (Path("a"), "pathlib."),
        ({"a", "b"}, "the instruction EMPTY_SET"),
        ([1.5], "the instruction BINFLOAT"),
        ([b"a"], "the instruction SHORT_BINBYTES"),
        (L({"a": 1}), "an L of dict"),
    ],
)
def test_what_else_is_refused(value: Any, name: str, tmp_path: Path) -> None:
    with pytest.raises(BundleError, match=f"never loaded: '{name}"):
        read(pickled(value, 4), tmp_path)


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (b"cfastcore.foundation\nL\n(tR.", "the instruction REDUCE"),
        (b"cfastcore.foundation\nL\n(I1\ntR.", "the instruction REDUCE"),
        (b"\x80\x02cfastcore.foundation\nL\n\x8c\x01a\x85\x81.", "an object made in another way"),
        (b"(icollections\nOrderedDict\n.", "collections.OrderedDict"),
        (b"(cfastcore.foundation\nL\no.", "the instruction OBJ"),
        (b"\x80\x02]}b.", "an object with a state"),
        (b"Psomewhere\n.", "the instruction PERSID"),
        (b"\x82\x01.", "the instruction EXT1"),
    ],
)
def test_programs_written_by_hand(content: bytes, name: str, tmp_path: Path) -> None:
    with pytest.raises(BundleError, match=f"never loaded: '{name}"):
        read(content, tmp_path)


def test_every_instruction_is_known_or_refused(tmp_path: Path) -> None:
    """Whatever instruction comes, no other error comes of it."""
    for opcode in pickletools.opcodes:
        content = b"\x80\x04]}(" + opcode.code.encode("latin-1") + b"\x01\n\x00" * 9 + b"."
        with suppress(BundleError):
            read(content, tmp_path)


BOMBS = {
    "a place in memory far away": b"]r" + struct.pack("<I", 2**32 - 1) + b"0.",
    "a string longer than the file": b"\x8d" + struct.pack("<Q", 2**62) + b"a.",
    "a number of many digits": b"I" + b"9" * 100_000 + b"\n.",
    "a tuple nested deeply": b")" + b"\x85" * 1_000_000 + b"I1\ns.",
    "a key nested deeply": b"})" + b"\x85" * 1_000_000 + b"I1\ns.",
    "a name nested deeply": b"])" + b"\x85" * 1_000_000 + b"\x8c\x01a\x93.",
    "no end": b"]",
    "nothing": b"",
    "nothing on the stack": b".",
    "too much on the stack": b"]].",
    "a mark that is missing": b"]\x8c\x01ae.",
    "a memory that is missing": b"h\x07.",
    "an odd dictionary": b"}(\x8c\x01au.",
    "no UTF-8": b"X\x01\x00\x00\x00\xff.",
    "no pickle": b"\xff\xfe text",
    "one long list in many an L": (
        b"\x80\x02(cfastcore.foundation\nL\nq\x00}\x8c\x05items]("
        + b"N" * 20_000
        + b"esq\x01"
        + b"h\x00)\x81h\x01b" * 3_000
        + b"l."
    ),
}


@pytest.mark.parametrize("name", BOMBS)
def test_damage_and_bombs_end_in_one_line(name: str, tmp_path: Path) -> None:
    with pytest.raises(BundleError, match=r"cannot be read|never loaded"):
        read(BOMBS[name], tmp_path)


def test_lists_are_copied_no_more_often_than_the_file_is_long(tmp_path: Path) -> None:
    """Written out this one would hold 60 million items."""
    with pytest.raises(BundleError, match="more items in an L than the file has bytes"):
        read(BOMBS["one long list in many an L"], tmp_path)
    names = ["neg", "ดี"]
    assert read(pickled([L(names), L(names)]), tmp_path) == [names, names]


def test_lists_that_double_a_thousand_times_are_read_as_references(tmp_path: Path) -> None:
    """Written out they would hold 2 to the power of 1,000 items."""
    doubled = (b"](" + get(n) + get(n) + b"e" + put(n + 1) for n in range(1000))
    stack = read(b"(]" + put(0) + b"".join(doubled) + b"t.", tmp_path)
    assert len(stack) == 1001
    assert stack[-1][0] is stack[-1][1] is stack[-2]


def get(index: int) -> bytes:
    return b"j" + struct.pack("<I", index)


def put(index: int) -> bytes:
    return b"r" + struct.pack("<I", index)


def test_a_file_larger_than_any_vocabulary(tmp_path: Path) -> None:
    path = tmp_path / "learner.pkl"
    with path.open("wb") as file:
        file.truncate(MOST_BYTES + 1)
    with pytest.raises(BundleError, match=r"larger than any vocabulary.*at most 33,554,432 bytes"):
        read_pickle(path)


@given(strings=st.lists(st.text(st.characters(codec=None))))
def test_strings_written_are_read_by_python(strings: list[str]) -> None:
    content = pickled_strings(strings)
    assert pickle.loads(content) == strings
    assert {opcode.name for opcode, _, _ in pickletools.genops(content)} <= {
        *("PROTO", "EMPTY_LIST", "MARK", "BINUNICODE", "APPENDS", "STOP"),
    }
