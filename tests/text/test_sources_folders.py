"""Folders: order, labels from the parent folder, and what is left aside."""

import gzip
from pathlib import Path

import pytest

from ulmus.errors import SourceError, UlmusWarning
from ulmus.text.sources import SourceSettings, read_documents

LABELLED = SourceSettings(label="any")


def write(folder: Path, **texts: str) -> None:
    for name, text in texts.items():
        path = folder / name.replace("__", "/").replace("_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(gzip.compress(text.encode()) if name.endswith("gz") else text.encode())


def found(source: Path, settings: SourceSettings) -> list[tuple[str, str | None]]:
    return [(document.text, document.label) for document in read_documents(source, settings)]


def test_the_parent_folder_is_the_label_and_the_order_is_that_of_names(tmp_path: Path) -> None:
    write(tmp_path, pos__2_txt="c\n\nd", pos__10_txt="b", neg__1_txt_gz="a", b_txt="top")
    write(tmp_path, neg__deep__er__1_txt="e")
    assert found(tmp_path, LABELLED) == [
        ("top", tmp_path.name),
        ("a", "neg"),
        ("e", "er"),
        ("b", "pos"),
        ("c\n\nd", "pos"),
    ]
    assert {label for _, label in found(tmp_path, SourceSettings())} == {None}


def test_a_document_may_be_a_line_or_paragraph_of_the_files(tmp_path: Path) -> None:
    write(tmp_path, pos__a_txt="c\nd\n\ne", neg__a_txt="f")
    by_line = SourceSettings(label="any", document="line")
    with pytest.warns(UlmusWarning, match=f"skipped 1 of 5 documents of {tmp_path.name}: 1 with"):
        assert found(tmp_path, by_line) == [("f", "neg"), ("c", "pos"), ("d", "pos"), ("e", "pos")]
    by_paragraph = SourceSettings(label="any", document="paragraph")
    assert found(tmp_path, by_paragraph) == [("f", "neg"), ("c\nd", "pos"), ("e", "pos")]


def test_hidden_and_other_files_are_left_aside(tmp_path: Path) -> None:
    write(tmp_path, a_txt="a", _hidden_txt="b", _git__c_txt="c", d_md="d", e_json="e")
    (tmp_path / "x.csv").mkdir()
    write(tmp_path, **{"x_csv__f_txt": "f"})
    assert found(tmp_path, LABELLED) == [("a", tmp_path.name), ("f", "x.csv")]


def test_tables_in_a_folder_are_read_by_column(tmp_path: Path) -> None:
    write(tmp_path, b__a_csv="text,any\ns,1\n", c_jsonl_gz='{"any": 2, "text": "t"}', a__u_txt="u")
    assert found(tmp_path, LABELLED) == [("u", "a"), ("s", "1"), ("t", "2")]


def test_links_are_followed_but_not_in_circles(tmp_path: Path) -> None:
    write(tmp_path, far__a_txt="a", near__b_txt="b")
    try:
        (tmp_path / "near" / "linked").symlink_to(tmp_path / "far", target_is_directory=True)
        (tmp_path / "near" / "up").symlink_to(tmp_path / "near", target_is_directory=True)
    except OSError as error:
        pytest.skip(f"links cannot be made here: {error}")
    assert found(tmp_path / "near", LABELLED) == [("b", "near"), ("a", "linked")]


def test_the_current_folder_has_a_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, pos__a_txt="a")
    monkeypatch.chdir(tmp_path / "pos")
    assert found(Path(), LABELLED) == [("a", "pos")]


def test_an_empty_file_of_a_folder_is_a_missing_document(tmp_path: Path) -> None:
    write(tmp_path, pos__a_txt="a", pos__b_txt="", c_csv="text,any\n")
    with pytest.warns(UlmusWarning, match="skipped 1 of 2 documents .*: 1 without text$"):
        assert found(tmp_path, LABELLED) == [("a", "pos")]


@pytest.mark.parametrize("content", [{}, {"a_md": "x"}, {"sub__a_json": "x", "_b_txt": "y"}])
def test_a_folder_without_a_usable_file(tmp_path: Path, content: dict[str, str]) -> None:
    write(tmp_path, **content)
    match = (
        r"no usable file in the folder: '.*'; accepted: files named \.txt \.csv \.tsv \.jsonl "
        r"\.parquet, each plain or with \.gz or \.zst\. Name another folder or file\."
    )
    with pytest.raises(SourceError, match=match):
        read_documents(tmp_path, LABELLED)
