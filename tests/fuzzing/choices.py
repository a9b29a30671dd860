"""Bytes read as decisions, so that every fuzzer steers the same damage.

Hypothesis and libFuzzer both invent bytes. What is tried with them is told here, by the targets:
which file is damaged, where, and how.
"""

from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")


class Choices:
    """Decisions taken from bytes in turn; when they are used up, the first of each.

    Args:
        content: The bytes.
    """

    def __init__(self, content: bytes) -> None:
        self._content = content
        self._next = 0

    def below(self, limit: int) -> int:
        """Return a number from 0 to below `limit`."""
        size = max(1, ((limit - 1).bit_length() + 7) // 8)
        return int.from_bytes(self.take(size), "little") % limit

    def one_of(self, values: Sequence[T]) -> T:
        """Return one of some values."""
        return values[self.below(len(values))]

    def rarely(self) -> bool:
        """Return True once in eight times."""
        return self.below(8) == 7

    def take(self, count: int) -> bytes:
        """Return the next so many bytes, or what is left of them."""
        part = self._content[self._next : self._next + count]
        self._next += count
        return part

    def rest(self) -> bytes:
        """Return all bytes that are left."""
        return self.take(len(self._content))

    def text(self, most: int = 24) -> str:
        """Return a text of pieces that have broken programs before, and of any characters."""
        parts = []
        for _ in range(self.below(5)):
            if self.below(2):
                parts.append(self.one_of(PIECES))
            else:
                parts.append(self.take(self.below(most)).decode("utf-8", "surrogateescape"))
        return "".join(parts)


PIECES = (
    *("a", "Go GO go go go", "AAAA!!!!", "don't", "http://a.b/c?d=e", "3.14", "it's 5pm", "(a)"),
    *(" ", "\t", "\n", "\r", "\r\n", "\x00", "\x0b", "\x1c", "\x85", "\u2028", "\u3000", "\ufeff"),
    *('"', '""', ",", ";", "\\", "'", "#", "/", "{", "}", "[", "]", ":", "<br />", "&amp;", "@-@"),
    *("\x1b[2J", "\u202e", "\u200d", "\u0301", "e\u0301", "İ", "ß", "ﬁ", "𝒳", "\ud83d", "\ude00"),
    *("ภาษาไทย", "กาาาา", "日本語", "こんにちは", "xin chào", "नमस्ते", "🏳️‍🌈👨‍👩‍👧", "▁", "▁▁a"),
    *("xxbos", "xxrep 3 a", "xxwrep 3 go", "xxup", "xxmaj a", "xxfld 1", "xxunk", "xxfake"),
    *("xxrep 99999999999999999999 a", "xxwrep ٣ a", "xxrep -1 a", "xxrep ² a", "xxrep xxrep 9 9"),
    *("NaN", "nan", "None", "null", "1e999", "9" * 5000, "0x10", "=cmd|' /C calc'!A0"),
    *("a" * 3000, "a b " * 800, "((((" * 500, "é" * 1500, "字" * 1500, "ก" * 1500, "\u0301" * 900),
)
