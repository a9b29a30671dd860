"""The fingerprint of a source follows what is read of it, and nothing else."""

import shutil
from pathlib import Path

import pytest

from ulmus.errors import SourceError
from ulmus.text.sources import Document, SourceSettings, source_fingerprint

SETTINGS = SourceSettings()
LABELLED = SourceSettings(label="label")


def test_a_file_counts_by_content_and_format_not_by_name(tmp_path: Path) -> None:
    first, moved = tmp_path / "a.x.csv", tmp_path / "b.CSV"
    first.write_bytes(b"text,label\na,b\n")
    shutil.copy(first, moved)
    value = source_fingerprint(first, SETTINGS)
    assert len(value) == 64
    assert {source_fingerprint(source, SETTINGS) for source in (str(first), moved, [first])} == {
        value
    }
    other_format = shutil.copy(first, tmp_path / "a.tsv")
    moved.write_bytes(b"text,label\na,c\n")
    others = [
        source_fingerprint(other_format, SETTINGS),
        source_fingerprint(moved, SETTINGS),
        source_fingerprint([first, first], SETTINGS),
        source_fingerprint(first, LABELLED),
        source_fingerprint(first, SourceSettings(text=("label",))),
    ]
    assert len({value, *others}) == 6


def test_a_folder_counts_by_its_files_their_names_and_labels(tmp_path: Path) -> None:
    folder = tmp_path / "one"
    (folder / "pos").mkdir(parents=True)
    (folder / "pos" / "a.txt").write_bytes(b"a")
    copied = shutil.copytree(folder, tmp_path / "two")
    value = source_fingerprint(folder, LABELLED)
    assert source_fingerprint(copied, LABELLED) == value
    (copied / ".hidden.txt").write_bytes(b"h")
    (copied / "notes.md").write_bytes(b"n")
    assert source_fingerprint(copied, LABELLED) == value
    (copied / "pos").rename(copied / "neg")
    assert source_fingerprint(copied, LABELLED) != value
    assert source_fingerprint(copied, SETTINGS) != source_fingerprint(folder, SETTINGS)
    assert source_fingerprint(folder / "pos", SETTINGS) == source_fingerprint(
        shutil.copytree(folder / "pos", tmp_path / "neg"), SETTINGS
    )
    assert source_fingerprint(folder / "pos", LABELLED) != source_fingerprint(
        tmp_path / "neg", LABELLED
    )


def test_a_list_counts_by_its_documents() -> None:
    value = source_fingerprint(["a", "b"], SETTINGS)
    same = [("a", "b"), [Document(("a",), None), "b"]]
    assert {source_fingerprint(source, SETTINGS) for source in same} == {value}
    others = [["ab"], ["b", "a"], ["a", "b", None], [Document(("a",), "x"), "b"], [], ["a\ud800"]]
    assert len({value, *(source_fingerprint(source, SETTINGS) for source in others)}) == 7


@pytest.mark.parametrize("source", ["-", [Path("-")]])
def test_standard_input_has_none(source: str | list[Path]) -> None:
    with pytest.raises(SourceError) as error:
        source_fingerprint(source, SETTINGS)
    assert str(error.value) == (
        "standard input cannot be read twice: '-'; accepted: a file, a folder, a list or a frame. "
        "Write the text to a file first."
    )
