"""Two novels by H. G. Wells: where their text is found, and how it becomes 28 characters."""

import os
import re
from collections import Counter
from pathlib import Path
from typing import NamedTuple, Never, Self

import torch
from torch import Tensor

from ulmus.errors import SourceError

FOLDER = "wells"
"""Below what ULMUS_DATA names."""

RETRIES, SECONDS = 2, 20
"""How often a download is tried again, and how long an answer is waited for."""

LETTERS = re.compile("[^A-Za-z]+")
START = re.compile(r"^\*\*\* ?START OF .*PROJECT GUTENBERG.*$", re.MULTILINE)
END = re.compile(r"^(?:\*\*\* ?END OF|End of) .*Project Gutenberg.*$", re.MULTILINE | re.IGNORECASE)
"""Lines between which Project Gutenberg's files hold the book itself."""

UNKNOWN = "<unk>"


class Book(NamedTuple):
    """A novel.

    Attributes:
        title: What it is called.
        files: The names that its files go by, the one that is looked for first in front.
        address: Where the first of them is found; empty where no address keeps the same bytes.
        sha256: Their checksum.
    """

    title: str
    files: tuple[str, ...]
    address: str = ""
    sha256: str = ""


THE_TIME_MACHINE = Book(
    "The Time Machine",
    ("timemachine_d2l.txt", "time_machine_pg35.txt"),
    "http://d2l-data.s3-accelerate.amazonaws.com/timemachine.txt",
    "8424dbd9532ac81f7e5f0b6add90e6952baea29158309d7d1bf3884f4e12c516",
)
THE_WAR_OF_THE_WORLDS = Book("The War of the Worlds", ("war_of_the_worlds_pg36.txt",))


def read_book(book: Book, path: Path | None = None) -> str:
    """Return the text of a book.

    Args:
        book: Which one.
        path: A file to take instead; None looks in the folder that ULMUS_DATA names, then at the
            book's address, from which it is kept in the user's cache.

    Raises:
        SourceError: It is not there, or cannot be read.
    """
    if path is not None:
        return _read(path)
    folder = os.environ.get("ULMUS_DATA")
    places = [Path(folder, FOLDER, name) for name in book.files] if folder else []
    for place in places:
        if place.is_file():
            return _read(place)
    return _read(_downloaded(book)) if book.address else _missing(book, "")


def _downloaded(book: Book) -> Path:
    """Return the cached copy of a book, downloaded where there is none or it is another one."""
    import pooch

    pooch.get_logger().setLevel("WARNING")  # it tells about every file
    name = book.files[0]
    cache = pooch.create(
        path=os.environ.get("ULMUS_CACHE") or pooch.os_cache("ulmus"),
        base_url="",
        registry={name: f"sha256:{book.sha256}"},
        urls={name: book.address},
        retry_if_failed=RETRIES,
    )
    try:
        downloader = pooch.HTTPDownloader(timeout=SECONDS)
        return Path(cache.fetch(name, downloader=downloader))
    except (OSError, ValueError) as error:  # what requests raises; another checksum
        return _missing(book, f", nor to be had from {book.address} ({_reason(error)})")


def _reason(error: Exception) -> str:
    """Return why a download failed, in few words."""
    if isinstance(error, ValueError) and "hash" in str(error):
        return "what came has another checksum"
    return type(error).__name__


def _missing(book: Book, also: str) -> Never:
    raise SourceError(
        f"{book.title} is not on this machine{also}",
        accepted=f"--text PATH, or {book.files[0]} in the folder {FOLDER} of ULMUS_DATA",
        remedy="Download the book from Project Gutenberg and name its file with --text",
    )


def _read(path: Path) -> str:
    try:
        return path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise SourceError(
            "the text cannot be read",
            given=path,
            accepted="a file of text in UTF-8",
            remedy=f"Mend it: {error}",
        ) from None


class CharacterText(NamedTuple):
    """A text as characters: 26 letters, the space, and one for the unknown.

    Attributes:
        characters: The vocabulary; the unknown first, then by frequency.
        ids: (N,) int64, the text.
    """

    characters: list[str]
    ids: Tensor

    @classmethod
    def of(cls, text: str, most: int | None = None) -> Self:
        """Return a text in the D2L book's form.

        All that is no letter becomes a space, letters become small, and lines are joined without
        anything between them, so that the last word of a line and the first of the next are one.

        Args:
            text: The text, with or without the frame of Project Gutenberg.
            most: Characters to keep, from the beginning.
        """
        joined = _letters(text)
        counted = Counter(joined)
        characters = [UNKNOWN, *sorted(counted, key=lambda each: -counted[each])]
        return cls(characters, torch.zeros(0)).with_ids(joined[:most])

    def with_(self, text: str, most: int | None = None) -> "CharacterText":
        """Return another text in the characters of this one; see `of`."""
        return self.with_ids(_letters(text)[:most])

    def with_ids(self, text: str) -> Self:
        """Return a text that is in form already, in the characters of this one."""
        return self._replace(ids=torch.tensor(self.encoded(text)))

    def encoded(self, text: str) -> list[int]:
        """Return the ids of some characters; 0 for those that the text lacks."""
        numbers = {character: index for index, character in enumerate(self.characters)}
        return [numbers.get(character, 0) for character in text]

    def decoded(self, ids: Tensor | list[int]) -> str:
        """Return the characters of some ids."""
        return "".join(self.characters[int(index)] for index in ids)


def _letters(text: str) -> str:
    lines = (LETTERS.sub(" ", line).strip().lower() for line in inside(text).splitlines())
    return "".join(lines)


def inside(text: str) -> str:
    """Return what stands within the frame of Project Gutenberg, or all where there is none."""
    start = START.search(text)
    if start is None:
        return text
    end = END.search(text, start.end())
    return text[start.end() : end.start() if end else None]
