"""The command line run in this process, with its streams captured as bytes."""

import hashlib
import os
import sys
import warnings
from contextlib import ExitStack
from io import BytesIO, TextIOWrapper
from pathlib import Path
from typing import NamedTuple
from unittest.mock import patch

from ulmus.cli.main import main

TINY = ("--model", "tiny", "--seed", "3")


class Outcome(NamedTuple):
    """How a command ended."""

    code: int
    out: str
    err: str


class OldTerminal(TextIOWrapper):
    """A terminal that knows the letters of Western Europe."""

    def __init__(self, content: BytesIO, _encoding: str) -> None:
        super().__init__(content, "latin-1")

    def isatty(self) -> bool:
        return True


def ulmus(
    *arguments: object, stdin: str = "", stream: type[TextIOWrapper] = TextIOWrapper
) -> Outcome:
    """Run a command as the shell would, in a locale that knows nothing but ASCII."""
    contents = BytesIO(), BytesIO()
    out, err = (stream(content, "ascii") for content in contents)
    code = -1
    with ExitStack() as stack:
        stack.enter_context(warnings.catch_warnings())
        stack.enter_context(patch.dict(os.environ))
        argv = ["ulmus", *map(str, arguments)]
        streams = {"stdin": TextIOWrapper(BytesIO(stdin.encode())), "stdout": out, "stderr": err}
        stack.enter_context(patch.multiple(sys, argv=argv, **streams))
        try:
            main()
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else -1
        err.flush()
    return Outcome(code, *(written.getvalue().decode(out.encoding) for written in contents))


def done(*arguments: object, stdin: str = "") -> Outcome:
    """Run a command that must succeed."""
    outcome = ulmus(*arguments, stdin=stdin)
    assert outcome.code == 0, outcome.err
    return outcome


def refused(where: Path, *arguments: object, stdin: str = "") -> str:
    """Run a command that must be refused: exit 2, one line, and `where` as it was before."""
    before = files(where)
    outcome = ulmus(*arguments, stdin=stdin)
    assert outcome.code == 2, outcome
    assert outcome.out == ""
    assert files(where) == before
    lines = outcome.err.splitlines()
    assert len(lines) == 1, lines
    assert lines[0].startswith("ulmus: ")
    assert lines[0].isprintable()
    return lines[0].removeprefix("ulmus: ")


def files(folder: Path) -> dict[str, str]:
    """Return every path in a folder, hidden ones too, with a hash of what the file holds."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        if path.is_file()
        else "a folder"
        for path in folder.rglob("*")
    }
