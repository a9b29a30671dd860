"""What may be wrong with a file from a stranger: bytes, JSON values, tensors' headers, names."""

import json
import os
import shutil
from pathlib import Path
from typing import Any

from tests.fuzzing.choices import Choices

HOSTILE = (
    *(
        "null",
        "true",
        "false",
        "0",
        "-1",
        "1",
        "2",
        "3",
        "1.5",
        "-0.0",
        "1e999",
        "NaN",
        "-Infinity",
    ),
    *("[]", "{}", '""', '"a"', "[[]]", "[null]", '["a", "a"]', "[1, 2]", '[["a", 1]]', '{"a": 1}'),
    *("1000000", "4294967296", "9223372036854775807", "-9223372036854775808", "1" + "0" * 30),
    *("9" * 5000, "[" * 3000, "[" * 500 + "]" * 500, '{"a":' * 2000, '"' + "a" * 3000 + '"'),
    *('"\\ud800"', '"\\u0000"', '"\\u001b[2J"', '"../../../etc/passwd"', '"/dev/zero"', '"\\n"'),
    *(
        '"words:en"',
        '"words:../x"',
        '"subwords"',
        '"characters"',
        '"function:os:system"',
        '"xxbos"',
    ),
    *('"fp32"', '"bf16"', '"int8"', '"F16"', '"I64"', '"BOOL"', '"F8_E4M3"', '"tags"', '"number"'),
)
"""Values as JSON writes them, though some of it is not JSON."""

DEEPEST = 12


def damaged_bytes(choices: Choices, content: bytes) -> bytes:
    """Return content with some bytes changed, cut, doubled or put in."""
    changed = bytearray(content)
    for _ in range(1 + choices.below(4)):
        at = choices.below(len(changed) + 1)
        match choices.below(6):
            case 0:
                changed[at : at + 1] = choices.take(1)
            case 1:
                del changed[at:]
            case 2:
                del changed[at : at + 1 + choices.below(64)]
            case 3:
                changed[at:at] = changed[at : at + 1 + choices.below(64)]
            case 4:
                changed[at:at] = choices.one_of(HOSTILE).encode()
            case _:
                word = choices.one_of([b"\xff", b"\x00", b"\x7f", b"\x80"]) * 8
                changed[at : at + 8] = word[: 1 + choices.below(8)]
    return bytes(changed)


def damaged_json(choices: Choices, content: bytes) -> bytes:
    """Return JSON in which values, names and structure are not what they were."""
    if choices.rarely():
        return damaged_bytes(choices, content)
    try:
        value = json.loads(content)
    except (ValueError, RecursionError):  # damaged before
        return damaged_bytes(choices, content)
    marks: dict[str, str] = {}
    for _ in range(1 + choices.below(3)):
        value = _changed(choices, value, marks)
    text = json.dumps(value)
    for mark, hostile in marks.items():  # written as they are, which `json.dumps` would refuse
        text = text.replace(mark, hostile)
    return text.encode()


def _changed(choices: Choices, value: Any, marks: dict[str, str], depth: int = 0) -> Any:
    """Change one place somewhere below a value."""
    inner = value if isinstance(value, dict | list) and value else None
    if inner is None or depth == DEEPEST or choices.below(4) == 0:
        return _replaced(choices, value, marks)
    key = choices.one_of(list(inner) if isinstance(inner, dict) else range(len(inner)))
    match choices.below(8):
        case 0:
            del inner[key]
        case 1 if isinstance(inner, dict):
            inner[choices.text()] = inner.pop(key)
        case 1:
            inner.insert(key, inner[key])
        case 2 if isinstance(inner, dict):  # the key twice
            marks[f'"twice-{len(marks)}": 0'] = (
                f"{json.dumps(key)}: {choices.one_of(HOSTILE)}, {json.dumps(key)}: 1"
            )
            inner[f"twice-{len(marks) - 1}"] = 0
        case _:
            inner[key] = _changed(choices, inner[key], marks, depth + 1)
    return inner


def _replaced(choices: Choices, value: Any, marks: dict[str, str]) -> Any:
    if isinstance(value, bool) or choices.below(3) == 0:
        mark = f'"hostile-{len(marks)}"'
        marks[mark] = choices.one_of(HOSTILE)
        return json.loads(mark)
    if isinstance(value, int | float):
        return choices.one_of(
            [value + 1, value - 1, -value, value * 1000, float(value), 0, str(value)]
        )
    if isinstance(value, str):
        return choices.one_of([value + "a", value[:-1], value.upper(), choices.text(), "", [value]])
    return choices.one_of([[value], {"a": value}, str(value), None])


def damaged_safetensors(choices: Choices, content: bytes) -> bytes:
    """Return a safetensors file whose header says something else, or whose bytes are others."""
    if choices.rarely():
        return damaged_bytes(choices, content)
    length = int.from_bytes(content[:8], "little")
    header, tensors = content[8 : 8 + length], bytearray(content[8 + length :])
    if choices.below(3):
        header = damaged_json(choices, header)
    else:  # a number that is none, or too large
        width = choices.one_of([1, 4, 64])
        word = choices.one_of(
            [b"\x00\x00\xc0\x7f", b"\x00\x00\x80\x7f", b"\xff\xff\x7f\x7f", b"\xff" * 4]
        )
        at = 4 * choices.below(max(1, len(tensors) // 4))
        tensors[at : at + 4 * width] = (word * width)[: max(0, len(tensors) - at)]
    length = choices.one_of([1 << 62, 0, 1 << 33]) if choices.below(32) == 31 else len(header)
    return length.to_bytes(8, "little") + header + bytes(tensors)


def damaged_file(choices: Choices, path: Path) -> None:
    """Damage a file by what it is."""
    content = path.read_bytes()
    if path.suffix == ".json":
        path.write_bytes(damaged_json(choices, content))
    elif path.suffix == ".safetensors":
        path.write_bytes(damaged_safetensors(choices, content))
    else:
        path.write_bytes(damaged_bytes(choices, content))


def damaged_folder(choices: Choices, folder: Path) -> None:
    """Damage one file of a folder, or two or none, or take away, link or add some."""
    for _ in range(choices.below(3)):
        files = sorted(path for path in folder.rglob("*") if path.is_file() and path.stat().st_size)
        if not files:
            return
        path = choices.one_of(files)
        if choices.below(8) == 7:
            _moved(choices, path, choices.one_of(files))
        else:
            damaged_file(choices, path)


def _moved(choices: Choices, path: Path, other: Path) -> None:
    match choices.below(7):
        case 0:
            path.unlink()
        case 1:
            content = other.read_bytes()
            path.unlink()
            path.write_bytes(content)
        case 2:
            path.unlink()
            path.mkdir()
        case 3:
            path.unlink()
            path.symlink_to(choices.one_of(["/dev/zero", "gone", path.name, "..", "/etc/hostname"]))
        case 4:
            path.unlink()
            os.mkfifo(path)
        case 5:
            (path.parent / choices.one_of(["\x1b[2J", "b.pkl", "a" * 200])).write_bytes(b"more")
        case _:
            companion = path.parent / "backward"
            if companion.is_symlink():
                companion.unlink()
            shutil.rmtree(companion, ignore_errors=True)
            companion.symlink_to(choices.one_of([".", "..", "backward", "/proc/self"]))
