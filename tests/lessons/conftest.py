"""A text for lessons that read one, where the real one is not at hand."""

import random
from pathlib import Path

import pytest

WORDS = """
the time traveller for so it will be convenient to speak of him was expounding
a recondite matter to us his grey eyes shone and twinkled while we listened
"""


@pytest.fixture(scope="session")
def novel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file of 400 lines of words in an order of chance, with a frame as Gutenberg's."""
    chance = random.Random(1)
    lines = [" ".join(chance.choice(WORDS.split()) for _ in range(9)) + "." for _ in range(400)]
    start, end = (
        f"*** {word} OF THIS PROJECT GUTENBERG EBOOK A NOVEL ***" for word in ("START", "END")
    )
    path = tmp_path_factory.mktemp("novel") / "novel.txt"
    path.write_text("\n".join(["qqq", start, *lines, end, "qqq"]), "utf-8")
    return path
