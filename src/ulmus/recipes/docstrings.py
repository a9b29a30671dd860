"""Real text that every installation carries: the docstrings of installed packages."""

import ast
import importlib.util
import sysconfig
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TypeVar

from ulmus.text.sources import Document

T = TypeVar("T")

STANDARD_LIBRARY = "python"
SCIENTIFIC = ("numpy", "scipy", "sklearn", "matplotlib", "torch", "spacy")
LEFT_OUT = {"test", "tests", "testing", "idlelib", "lib2to3", "site-packages", "dist-packages"}
SHORTEST, LONGEST = 60, 500
"""Characters of a docstring: shorter ones say too little, longer ones are cut at a space."""
MOST_FILES = 300
"""Files read of a package, at even distances; PyTorch has some 2,000, which take 12 seconds."""


def docstrings(package: str) -> Iterator[str]:
    """Yield the distinct docstrings of a package, read from its source without importing it.

    Args:
        package: A top-level package, or `STANDARD_LIBRARY`.
    """
    seen = set()
    for path in _source_files(package):
        for text in _docstrings_of(path):
            if text not in seen:
                seen.add(text)
                yield text


def labelled_docstrings(package: str) -> list[Document]:
    """Return docstrings of a package, labelled with its name."""
    return [Document((text,), package) for text in docstrings(package)]


def spaced(items: Sequence[T], most: int) -> list[T]:
    """Return at most so many items, at even distances from first to last."""
    count = min(most, len(items))
    return [items[index * len(items) // count] for index in range(count)]


def _source_files(package: str) -> list[Path]:
    paths = [
        path
        for folder in _folders(package)
        for path in sorted(folder.rglob("*.py"))
        if LEFT_OUT.isdisjoint(path.relative_to(folder).parts)
    ]
    return spaced(paths, MOST_FILES)


def _folders(package: str) -> list[Path]:
    if package == STANDARD_LIBRARY:
        return [Path(sysconfig.get_path("stdlib"))]
    found = importlib.util.find_spec(package)
    return [Path(place) for place in (found and found.submodule_search_locations) or ()]


def _docstrings_of(path: Path) -> Iterator[str]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what is odd in a library is not the user's affair
            tree = ast.parse(path.read_bytes())
    except (OSError, SyntaxError, ValueError):
        return  # not every file in a library is meant for this Python
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            text = ast.get_docstring(node) or ""
            if len(text) >= SHORTEST:
                yield _cut(text)


def _cut(text: str) -> str:
    """Return a text, or its beginning up to a space where it is long."""
    start = text[:LONGEST]
    return start if len(text) <= LONGEST else start.rpartition(" ")[0] or start
