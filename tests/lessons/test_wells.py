"""The novels: where they are found, and their characters."""

from pathlib import Path

import pytest
import torch

from ulmus.errors import SourceError
from ulmus.lessons.wells import (
    THE_TIME_MACHINE,
    THE_WAR_OF_THE_WORLDS,
    CharacterText,
    inside,
    read_book,
)


def test_the_books_figures(data_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ULMUS_DATA", str(data_folder))
    text = CharacterText.of(read_book(THE_TIME_MACHINE))
    assert (len(text.ids), len(text.characters)) == (170_580, 28)
    assert text.characters[:6] == ["<unk>", " ", "e", "t", "a", "i"]
    assert text.decoded(text.ids[:20]) == "the time machine by "
    other = CharacterText.of(read_book(THE_WAR_OF_THE_WORLDS))
    assert len(other.characters) == 28
    assert "gutenberg" not in other.decoded(other.ids)


def test_lines_become_letters_and_spaces() -> None:
    text = CharacterText.of("The U.S. --  2 men\n\n(and)\n")
    assert text.decoded(text.ids) == "the u s menand"
    assert text.encoded("né") == [text.characters.index("n"), 0]
    assert CharacterText.of("abcabd", 4).ids.tolist() == text_ids("abca")


def text_ids(text: str) -> list[int]:
    return [" abcd".index(character) for character in text]


def test_the_vocabulary_is_by_frequency_and_counts_the_whole_text() -> None:
    text = CharacterText.of("aabbbc", 2)
    assert text.characters == ["<unk>", "b", "a", "c"]
    assert text.ids.equal(torch.tensor([2, 2]))


def test_only_what_is_inside_the_frame_counts(novel: Path) -> None:
    text = CharacterText.of(read_book(THE_TIME_MACHINE, novel))
    assert "q" not in text.characters
    assert inside("no frame") == "no frame"


def test_a_text_in_the_folder_of_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "wells").mkdir()
    monkeypatch.setenv("ULMUS_DATA", str(tmp_path))
    with pytest.raises(SourceError, match="The Time Machine is not on this machine; accepted"):
        read_book(THE_TIME_MACHINE._replace(address=""))
    (tmp_path / "wells" / "time_machine_pg35.txt").write_text("second", "utf-8")
    assert read_book(THE_TIME_MACHINE) == "second"
    (tmp_path / "wells" / "timemachine_d2l.txt").write_text("\ufefffirst", "utf-8")
    assert read_book(THE_TIME_MACHINE) == "first"
    monkeypatch.delenv("ULMUS_DATA")
    with pytest.raises(SourceError, match=r"accepted: --text PATH, or war_of_the_worlds_pg36.txt"):
        read_book(THE_WAR_OF_THE_WORLDS)


def test_a_text_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"the text cannot be read: '.*absent.txt'"):
        read_book(THE_TIME_MACHINE, tmp_path / "absent.txt")
    (tmp_path / "latin.txt").write_bytes(b"caf\xe9")
    with pytest.raises(SourceError, match=r"accepted: a file of text in UTF-8"):
        read_book(THE_TIME_MACHINE, tmp_path / "latin.txt")
