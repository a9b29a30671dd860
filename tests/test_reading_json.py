"""JSON files that come from elsewhere."""

from pathlib import Path

import pytest

from ulmus.files import read_json


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"[" * 100_000, "it is nested too deep"),
        (b"9" * 5000, "4300 digits"),
        (b"\xff", "can't decode byte 0xff"),
        (b"[1", "Expecting"),
    ],
)
def test_json_that_is_none_is_a_value_error(content: bytes, told: str, tmp_path: Path) -> None:
    (tmp_path / "a.json").write_bytes(content)
    with pytest.raises(ValueError, match=told):
        read_json(tmp_path / "a.json")


@pytest.mark.parametrize("target", ["/dev/zero", ".", "a.json", "gone"])
def test_json_is_read_of_files_alone(target: str, tmp_path: Path) -> None:
    (tmp_path / "a.json").symlink_to(target)
    with pytest.raises(ValueError, match=r"^it is no file$"):
        read_json(tmp_path / "a.json")


def test_json_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        read_json(tmp_path / "a.json")
