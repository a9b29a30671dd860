import subprocess
import sys

import pytest

from ulmus.recipes import docstrings as module
from ulmus.recipes.docstrings import (
    LONGEST,
    SHORTEST,
    STANDARD_LIBRARY,
    docstrings,
    labelled_docstrings,
    spaced,
)

LONG = "A first sentence that is long enough to say what all of this is about."


@pytest.fixture
def package(tmp_path, monkeypatch):
    """A package whose import fails, found on the path."""
    folder = tmp_path / "package_of_tests"
    (folder / "tests").mkdir(parents=True)
    (folder / "__init__.py").write_text(f'"""{LONG}"""\nraise RuntimeError("imported")\n')
    (folder / "a.py").write_text(
        f'def f():\n    """Too short."""\n\nclass C:\n    """{LONG}"""\n\n'
        f'    async def g(self):\n        """Of g. {LONG}"""\n'
    )
    (folder / "b.py").write_text(f'"""{"word " * 300}"""\n\ndef h():\n    """{"x" * 900}"""\n')
    (folder / "broken.py").write_text('"""A docstring of a file that is no Python" (\n' * 9)
    (folder / "odd.py").write_text(f'"""{LONG} \\d"""\n')
    (folder / "null.py").write_bytes(b"\0\0")
    (folder / "tests" / "test_a.py").write_text(f'"""Of a test. {LONG}"""\n')
    monkeypatch.syspath_prepend(tmp_path)
    return "package_of_tests"


def test_docstrings_are_read_without_importing_anything(package):
    found = list(docstrings(package))
    assert sorted(found) == sorted(
        [
            LONG,  # once, though two have it
            f"Of g. {LONG}",
            ("word " * 100).rstrip(),
            "x" * LONGEST,
            rf"{LONG} \d",
        ]
    )
    assert package not in sys.modules


def test_the_package_is_the_label(package):
    found = labelled_docstrings(package)
    assert {d.label for d in found} == {package}
    assert [d.text for d in found] == list(docstrings(package))


def test_a_package_that_is_not_installed_has_none():
    assert list(docstrings("no_such_package_of_tests")) == []


REAL = """
import sys
from ulmus.recipes.docstrings import docstrings
before = set(sys.modules)
found = list(docstrings("sklearn"))
assert not {name.partition(".")[0] for name in set(sys.modules) - before} & {"sklearn"}
print(len(found))
"""


def test_real_text_of_the_standard_library(monkeypatch):
    monkeypatch.setattr(module, "MOST_FILES", 30)
    found = list(docstrings(STANDARD_LIBRARY))
    assert len(found) > 100
    assert len(set(found)) == len(found)
    lengths = [len(text) for text in found]
    assert min(lengths) > SHORTEST / 2
    assert max(lengths) <= LONGEST
    assert {d.label for d in labelled_docstrings(STANDARD_LIBRARY)} == {"python"}


def test_a_large_package_is_not_imported():
    command = [sys.executable, "-W", "error", "-c", REAL]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", check=False)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    assert int(done.stdout) > 200


@pytest.mark.parametrize(
    ("count", "most", "expected"),
    [
        (10, 3, [0, 3, 6]),
        (10, 5, [0, 2, 4, 6, 8]),
        (4, 10, [0, 1, 2, 3]),
        (3, 3, [0, 1, 2]),
        (7, 1, [0]),
        (0, 5, []),
        (5, 0, []),
    ],
)
def test_spaced(count, most, expected):
    assert spaced(range(count), most) == expected
