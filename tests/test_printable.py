"""Text that is safe to show."""

import pytest
from hypothesis import given
from hypothesis import strategies as some

from ulmus.printable import JOINERS, printable, printable_lines


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain, with spaces", "plain, with spaces"),
        ("สวัสดี नमस्ते 你好 مرحبا ▁", "สวัสดี नमस्ते 你好 مرحبا ▁"),
        ("no\u00a0break", "no\u00a0break"),
        ("क्\u200dष 👩\u200d🚀 می\u200cخواهم", "क्\u200dष 👩\u200d🚀 می\u200cخواهم"),
        ("\x1b[31mred\x1b[0m", r"\x1b[31mred\x1b[0m"),
        ("a\tb\r\nc\x00", r"a\tb\r\nc\x00"),
        ("\x9b31m", r"\x9b31m"),
        ("pay \u202eback\u2066", r"pay \u202eback\u2066"),
        ("line\u2028paragraph\u2029", r"line\u2028paragraph\u2029"),
        ("half\ud83d", r"half\ud83d"),
        ("", ""),
    ],
)
def test_what_commands_is_written_out(text: str, shown: str) -> None:
    assert printable(text) == shown


@given(some.text(some.characters()))
def test_any_text_becomes_one_line_that_can_be_written(text: str) -> None:
    shown = printable(text)
    shown.encode("utf-8")
    assert len(shown.splitlines()) <= 1
    assert all(c.isprintable() or c.isspace() or c in JOINERS or ord(c) > 0x7F for c in shown)
    assert not any(ord(c) < 0x20 or 0x7F <= ord(c) < 0xA0 for c in shown)


def test_lines_and_tabs_may_stay() -> None:
    text = "a\tb\r\nc\n\n\x1b[2Jd\re\x9bf\u2028g"
    assert printable_lines(text) == "a\tb\r\nc\n\n\\x1b[2Jd\\re\\x9bf\\u2028g"
