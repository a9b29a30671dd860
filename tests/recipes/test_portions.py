import threading
import time
from collections.abc import Iterator

import pytest

from ulmus.errors import SourceError
from ulmus.recipes import portions as module
from ulmus.recipes.portions import portions, portions_as_they_come
from ulmus.text.sources import Document


def documents(*lengths: int) -> list[Document]:
    return [Document(("a" * length,), None) for length in lengths]


def sizes(parts: Iterator[list[Document]]) -> list[list[int]]:
    return [[len(document.text) for document in part] for part in parts]


@pytest.mark.parametrize("cut", [portions, portions_as_they_come])
def test_so_many_documents_or_characters_in_their_order(
    cut, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "DOCUMENTS_AT_ONCE", 3)
    monkeypatch.setattr(module, "CHARACTERS_AT_ONCE", 10)
    found = sizes(cut(documents(1, 2, 3, 4, 7, 1, 30, 5)))
    assert found == [[1, 2, 3], [4, 7], [1, 30], [5]]
    assert sizes(cut(documents(1, 2, 3))) == [[1, 2, 3]]
    assert sizes(cut(documents())) == []


def test_what_has_come_is_answered_in_a_pause() -> None:
    answered = threading.Event()

    def slow() -> Iterator[Document]:
        yield from documents(1, 2)
        assert answered.wait(30)  # only an answer to these brings the next one
        time.sleep(3 * module.PAUSE_SECONDS)
        yield from documents(3)

    found = []
    for part in portions_as_they_come(slow()):
        found += part
        answered.set()
    assert [len(document.text) for document in found] == [1, 2, 3]


def test_what_goes_wrong_while_reading_is_told() -> None:
    def broken() -> Iterator[Document]:
        yield from documents(1)
        raise SourceError("the file is damaged")

    with pytest.raises(SourceError, match="the file is damaged"):
        list(portions_as_they_come(broken()))
