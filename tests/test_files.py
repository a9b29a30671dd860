import errno
import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from ulmus.errors import OutputError
from ulmus.files import (
    atomic_file,
    atomic_folder,
    atomic_text,
    check_replaceable,
    fingerprint,
    hash_file,
)

MARKER = "corpus.json"


@pytest.fixture
def unwritable(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "locked"
    folder.mkdir()
    folder.chmod(stat.S_IRUSR | stat.S_IXUSR)
    if os.access(folder, os.W_OK):
        pytest.skip("this user may write everywhere")
    yield folder
    folder.chmod(stat.S_IRWXU)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def full_disk(name: str | None = None) -> OSError:
    return OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), name)


# SHA-256 as `printf '{"a":1,"b":[true,null,"ก"]}' | sha256sum` and `printf abc | sha256sum` say.
KNOWN_VALUE = "ce46dd12e73c7c501a3e69ddddfd9a25ee668bb11b14c16e29bc1ad27258c920"
KNOWN_ABC = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


def test_fingerprint_is_the_hash_of_the_compact_sorted_json() -> None:
    assert fingerprint({"b": [True, None, "ก"], "a": 1}) == KNOWN_VALUE


def test_fingerprint_tells_values_apart_but_not_key_orders() -> None:
    assert fingerprint({"a": 1, "b": 2}) == fingerprint({"b": 2, "a": 1})
    assert len({fingerprint(value) for value in (1, "1", [1], {"1": 1}, None, True, "\udc80")}) == 7


def test_hash_file(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"abc")
    assert hash_file(file) == KNOWN_ABC
    file.write_bytes(b"abc" * 1_000_000)
    assert hash_file(file) != KNOWN_ABC


def test_atomic_file_is_whole_at_the_end_only(tmp_path: Path) -> None:
    target = tmp_path / "new" / "file.txt"
    with atomic_file(target) as temporary:
        temporary.write_text("text", "utf-8")
        assert not target.exists()
    assert target.read_text("utf-8") == "text"
    assert names(target.parent) == ["file.txt"]


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt])
def test_atomic_file_leaves_the_old_one_after_an_exception(
    tmp_path: Path, error: type[BaseException]
) -> None:
    target = tmp_path / "file.txt"
    target.write_text("old", "utf-8")
    with pytest.raises(error), atomic_file(target) as temporary:
        temporary.write_text("new", "utf-8")
        raise error
    assert target.read_text("utf-8") == "old"
    assert names(tmp_path) == ["file.txt"]


def test_atomic_file_writes_through_a_link(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    link = tmp_path / "link.txt"
    link.symlink_to(tmp_path / "real" / "file.txt")
    with atomic_file(link) as temporary:
        temporary.write_text("text", "utf-8")
    assert link.is_symlink()
    assert names(tmp_path / "real") == ["file.txt"]


@pytest.mark.parametrize("name", ["folder", "device"])
def test_atomic_file_replaces_files_only(tmp_path: Path, name: str) -> None:
    taken = tmp_path / name
    if name == "folder":
        taken.mkdir()
    else:
        os.mkfifo(taken)
    with (
        pytest.raises(OutputError, match=r"not a file: '.*'; accepted: a new path"),
        atomic_file(taken),
    ):
        pytest.fail("the block must not run")
    assert names(tmp_path) == [name]


@pytest.mark.parametrize("atomic", [atomic_file, lambda path: atomic_folder(path, MARKER)])
def test_a_file_where_a_folder_should_be_is_told(tmp_path: Path, atomic) -> None:
    (tmp_path / "file").write_text("mine", "utf-8")
    for path in (tmp_path / "file" / "out", tmp_path / "file" / "deep" / "out"):
        with pytest.raises(OutputError, match=r"cannot write the output \("), atomic(path):
            pytest.fail("the block must not run")
    assert (tmp_path / "file").read_text("utf-8") == "mine"


@pytest.mark.parametrize("atomic", [atomic_file, lambda path: atomic_folder(path, MARKER)])
def test_a_name_that_is_too_long_is_told(tmp_path: Path, atomic) -> None:
    with (
        pytest.raises(OutputError, match=r"\(File name too long\).*Choose another --out\.$"),
        atomic(tmp_path / ("a" * 300)),
    ):
        pytest.fail("the block must not run")


@pytest.mark.parametrize("atomic", [atomic_file, lambda path: atomic_folder(path, MARKER)])
def test_a_full_disk_is_told_and_nothing_stays(tmp_path: Path, atomic) -> None:
    with (
        pytest.raises(
            OutputError, match=r"\(No space left on device\), .* kept: '.*out'; accepted: more"
        ),
        atomic(tmp_path / "out"),
    ):
        raise full_disk()
    assert names(tmp_path) == []


def test_a_locked_folder_is_told(unwritable: Path) -> None:
    with (
        pytest.raises(OutputError, match="Permission denied"),
        atomic_folder(unwritable / "out", MARKER),
    ):
        pytest.fail("the block must not run")


def test_a_source_that_cannot_be_read_is_not_taken_for_the_output(tmp_path: Path) -> None:
    with pytest.raises(PermissionError, match=r"source\.csv"), atomic_file(tmp_path / "out"):
        raise PermissionError(errno.EACCES, "Permission denied", str(tmp_path / "source.csv"))


def test_what_fails_below_the_temporary_folder_is_told(tmp_path: Path) -> None:
    with (
        pytest.raises(OutputError, match="No space left"),
        atomic_folder(tmp_path / "out", MARKER) as temporary,
    ):
        raise full_disk(str(temporary / "ids.arrow"))


def test_atomic_folder_is_whole_at_the_end_only(tmp_path: Path) -> None:
    target = tmp_path / "new" / "corpus"
    with atomic_folder(target, MARKER) as temporary:
        (temporary / MARKER).write_text("1", "utf-8")
        assert not target.exists()
        assert temporary.parent == target.parent
    assert names(target) == [MARKER]
    assert names(target.parent) == ["corpus"]


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt])
def test_atomic_folder_leaves_nothing_after_an_exception(
    tmp_path: Path, error: type[BaseException]
) -> None:
    with pytest.raises(error), atomic_folder(tmp_path / "out", MARKER) as temporary:
        (temporary / "half").write_text("x", "utf-8")
        raise error
    assert names(tmp_path) == []


def test_atomic_folder_keeps_the_old_one_after_an_exception(tmp_path: Path) -> None:
    write_folder(tmp_path / "out", "old")
    with pytest.raises(RuntimeError), atomic_folder(tmp_path / "out", MARKER):
        raise RuntimeError
    assert (tmp_path / "out" / MARKER).read_text("utf-8") == "old"
    assert names(tmp_path) == ["out"]


def test_atomic_folder_replaces_its_own_kind_whole(tmp_path: Path) -> None:
    write_folder(tmp_path / "out", "old")
    (tmp_path / "out" / "more").mkdir()
    write_folder(tmp_path / "out", "new")
    assert (tmp_path / "out" / MARKER).read_text("utf-8") == "new"
    assert names(tmp_path / "out") == [MARKER]
    assert names(tmp_path) == ["out"]


def test_a_failing_rename_brings_the_old_folder_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_folder(tmp_path / "out", "old")
    rename = os.replace

    def fail_once(source: Path, target: Path) -> None:
        if target == tmp_path / "out":
            monkeypatch.setattr(os, "replace", rename)
            raise full_disk()
        rename(source, target)

    monkeypatch.setattr("ulmus.files._exchanged", lambda _one, _other: False)  # as elsewhere
    monkeypatch.setattr(os, "replace", fail_once)
    with pytest.raises(OutputError, match="No space left"):
        write_folder(tmp_path / "out", "new")
    assert (tmp_path / "out" / MARKER).read_text("utf-8") == "old"
    assert names(tmp_path) == ["out"]


def test_atomic_folder_refuses_a_foreign_folder(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("mine", "utf-8")
    message = r"the output path is taken: '.*'; accepted: .* holds corpus\.json\. Choose another"
    with pytest.raises(OutputError, match=message), atomic_folder(tmp_path, MARKER):
        pytest.fail("the block must not run")
    assert names(tmp_path) == ["thesis.txt"]


def test_atomic_folder_refuses_a_file(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("mine", "utf-8")
    with pytest.raises(OutputError, match="the output path is taken"):
        check_replaceable(tmp_path / "out", MARKER)


def test_the_current_folder_can_be_the_output(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    write_folder(Path(), "new")
    assert (tmp_path / "here" / MARKER).read_text("utf-8") == "new"


def test_a_link_to_a_folder_stays_a_link(tmp_path: Path) -> None:
    write_folder(tmp_path / "real", "old")
    (tmp_path / "link").symlink_to(tmp_path / "real")
    write_folder(tmp_path / "link", "new")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real" / MARKER).read_text("utf-8") == "new"


def test_the_block_may_leave_the_folder_it_started_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path)
    with atomic_folder(Path("out"), MARKER) as temporary:
        (temporary / MARKER).write_text("1", "utf-8")
        monkeypatch.chdir(tmp_path / "elsewhere")
    assert names(tmp_path) == ["elsewhere", "out"]


def write_folder(folder: Path, content: str) -> None:
    with atomic_folder(folder, MARKER) as temporary:
        (temporary / MARKER).write_text(content, "utf-8")


def test_a_text_is_written_as_it_is_given_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    with atomic_text(path) as file:
        file.write("ภาษา\r\nä\n")
    assert path.read_bytes() == "ภาษา\r\nä\n".encode()
    with pytest.raises(ZeroDivisionError), atomic_text(path) as file:
        file.write("other")
        raise ZeroDivisionError
    assert path.read_bytes() == "ภาษา\r\nä\n".encode()
    assert [p.name for p in tmp_path.iterdir()] == ["a.csv"]
